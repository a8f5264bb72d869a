// Tab Auslesung: the data sets, what is held back and what was refused of the last readout.
'use strict';

(() => {
    const {byId, setText} = dlms, {control, code, plain, path, words} = dlms.cells;
    let table;

    function showLines(id, lines) {
        byId(id).replaceChildren(...lines.map(({line, reason}) => {
            const row = document.createElement('tr');
            for (const text of [line, reason]) row.appendChild(document.createElement('td')).textContent = text;
            return row;
        }));
    }

    function readText() {
        if (byId('dlms-raw').open)
            $.ajax({url: 'readout.txt', dataType: 'text'}).done(text => setText('dlms-text', text));
    }

    dlms.tab('readout', {
        start() {
            table = dlms.table('readout', {rows: () => dlms.state.rows, columns: [control,
                {data: 'code', also: ['name'], render: code, className: 'code all', responsivePriority: 1},
                {data: 'name', render: plain, className: 'name lines not-mobile', responsivePriority: 3},
                {data: 'values', render: words, className: 'value all', responsivePriority: 1},
                {data: 'units', render: plain, className: 'unit', responsivePriority: 2},
                {data: 'items', render: path, className: 'path lines', responsivePriority: 4}]});
            byId('dlms-accept').addEventListener('click', dlms.order('accept'));
            byId('dlms-raw').addEventListener('toggle', readText);
        },
        show(state, news) {
            setText('dlms-about', state.readout);
            setText('dlms-remarks', state.remarks);
            setText('dlms-more', state.more ? dlms.fill(dlms.texts.more, {count: state.more}) : '');
            if (news.has('rejected')) showLines('rejected-rows', state.rejected);
            byId('dlms-rejected').classList.toggle('shown', state.rejected.length > 0);
            if (news.has('held')) showLines('held-rows', state.held.rows);
            setText('held-about', state.held.about);
            table.update();
            if (news.has('readout')) readText();
        },
        opened: () => table.fit(),
    });
})();
