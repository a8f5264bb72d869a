// Tab Neue Items: codes that feed no item, and the items that the chosen ones make.
'use strict';

(() => {
    const {byId, setText, html, texts} = dlms, {control, shown, plain, code, words} = dlms.cells;
    let table, suggested = null;
    let chosen = null;              // a Set of codes
    const seen = new Map();         // by code: its row, and when it was seen, as far as it was chosen

    const checkbox = shown((on, row) =>
        html`<input type="checkbox" class="fresh-code" value="${row.code}" aria-label="${texts.choose} ${row.code}"` + (chosen?.has(row.code) ? ' checked>' : '>'));

    // The rows of now, then what was chosen and is not in the last readout: it may be there in the next one.
    function rows() {
        const {fresh, rows: all, items} = dlms.state, byNumber = new Map(all.map(row => [row.id, row]));
        const now = fresh.map(row => ({...byNumber.get(row.id), id: byNumber.get(row.id).code, proposed: row.chosen, last: ''}));
        const there = new Set([...now.map(row => row.code), ...all.map(row => row.code)]);
        const fed = new Set(items.map(item => item.found || item.code));
        const gone = [...seen.values()].filter(row => chosen?.has(row.code) && !there.has(row.code) && !fed.has(row.code));
        return [...now, ...gone.map(row => ({...row, last: dlms.fill(texts.last_seen, {moment: row.seen})}))];
    }

    // Chosen at first is what the plugin proposes; then what the user chose.
    function choose() {
        const kept = dlms.remembered('chosen');
        if (chosen === null && kept) {
            const {codes, rows} = JSON.parse(kept);
            chosen = new Set(codes);
            rows.forEach(row => seen.set(row.code, row));
        }
        if (chosen === null && dlms.state.readout) chosen = new Set(rows().filter(row => row.proposed).map(row => row.code));
        for (const row of rows()) if (!row.last && chosen?.has(row.code)) seen.set(row.code, {...row, seen: dlms.state.head.last});
    }

    function keep() {
        dlms.remember('chosen', JSON.stringify({codes: [...chosen], rows: [...seen.values()].filter(row => chosen.has(row.code)).slice(0, 1000)}));
    }

    function suggest() {
        const now = rows(), codes = now.map(row => row.code).filter(code => chosen?.has(code));
        byId('fresh-all').checked = codes.length > 0 && codes.length === now.length;
        byId('fresh-all').indeterminate = codes.length > 0 && codes.length < now.length;
        const query = codes.map(code => 'codes=' + encodeURIComponent(code)).join('&');
        if (query === suggested) return;
        suggested = query;
        byId('fresh-download').href = 'items.yaml?' + query;
        $.ajax({url: 'items.yaml?' + query, dataType: 'text'}).done(yaml => {
            if (query === suggested) byId('fresh-yaml').value = yaml;
        }).fail(() => { suggested = null; });
    }

    function changed() {
        choose();
        keep();
        suggest();
    }

    // All that the search leaves.
    function chooseAll(event) {
        table.api.rows({search: 'applied'}).data().toArray()
            .forEach(row => event.target.checked ? chosen.add(row.code) : chosen.delete(row.code));
        table.api.rows().invalidate().draw(false);
        changed();
    }

    // Browsers offer the clipboard to https and localhost only; a house's SmartHomeNG is mostly neither.
    async function copy() {
        const area = byId('fresh-yaml');
        let done = false;
        if (navigator.clipboard && window.isSecureContext) {
            done = await navigator.clipboard.writeText(area.value).then(() => true, () => false);
        }
        if (!done) {
            area.select();
            done = document.execCommand('copy');
        }
        setText('fresh-answer', done ? texts.copied : texts.not_copied);
        setTimeout(() => setText('fresh-answer', ''), 4000);
    }

    dlms.tab('fresh', {
        start() {
            choose();
            table = dlms.table('fresh', {rows, rowClass: row => row.last ? 'gone' : '', columns: [control,
                {data: 'proposed', render: checkbox, className: 'all', orderable: false, searchable: false},
                {data: 'code', also: ['name'], render: code, className: 'code all', responsivePriority: 1},
                {data: 'name', also: ['last'], render: shown((name, row) => html`${name}` + (row.last ? html` <span class="dlms-below">${row.last}</span>` : '')),
                    className: 'name lines not-mobile', responsivePriority: 2},
                {data: 'values', render: words, className: 'value', responsivePriority: 3},
                {data: 'units', render: plain, className: 'unit', responsivePriority: 4}]});
            byId('fresh-copy').addEventListener('click', copy);
            byId('fresh-all').addEventListener('change', chooseAll);
            $('#fresh-table').on('change', '.fresh-code', event => {
                event.target.checked ? chosen.add(event.target.value) : chosen.delete(event.target.value);
                changed();
            });
        },
        show() {
            choose();
            table.update();
            suggest();
        },
        badge: state => ({text: state.fresh.length || ''}),
        opened: () => table.fit(),
    });
})();
