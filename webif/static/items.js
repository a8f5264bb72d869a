// Tab Items: what they have, how old that is, and where it is from.
'use strict';

(() => {
    const {html, texts} = dlms, {control, shown, plain, path, words} = dlms.cells;
    let table;
    // A value of the last readout is as old as that.
    const read = row => row.read ?? dlms.state.head.read;
    const value = shown((text, row) => words(text, 'display', row) + (row.never ? '' :
        html` <span class="dlms-below dlms-age" data-read="${read(row) ?? ''}"></span>`));
    const code = shown((text, row) => html`<code>${text}</code>` + (row.found ? html` <span class="dlms-below">${row.found}</span>` : '') +
        (row.missing ? html` <span class="dlms-below"><span class="dlms-badge">${texts.missing}</span></span>` : ''));

    function tick() {
        document.querySelectorAll('#items-table .dlms-age').forEach((age, i) => {
            const row = table.api.row(age.closest('tr')).data();
            if (!row || read(row) === null) return;
            const text = dlms.ago(read(row));
            if (age.textContent !== text) age.textContent = text;
            age.closest('td').classList.toggle('old', dlms.isOld(read(row)));
        });
    }

    dlms.tab('items', {
        start() {
            table = dlms.table('items', {rows: () => dlms.state.items, rowClass: row => row.missing ? 'missing' : '', columns: [control,
                {data: 'path', render: path, className: 'path all', responsivePriority: 1},
                {data: 'value', also: ['read', 'never'], render: value, className: 'value all', responsivePriority: 1},
                {data: 'code', also: ['found', 'missing'], render: code, className: 'code', responsivePriority: 3},
                {data: 'index', render: plain, responsivePriority: 7}, {data: 'key', render: plain, responsivePriority: 6},
                {data: 'conversion', render: plain, responsivePriority: 6},
                {data: 'changed', render: plain, className: 'code', responsivePriority: 5},
                {data: 'note', render: plain, className: 'lines', responsivePriority: 4}]});
            table.api.on('draw', tick);
        },
        show() {
            table.update();
            tick();
        },
        badge(state) {
            const missing = state.items.filter(item => item.missing).length;
            return missing ? {text: `${missing} ${missing === 1 ? texts.missing : texts.are_missing}`, failed: true} : {text: state.items.length || ''};
        },
        tick,
        opened: () => table.fit(),
    });
})();
