// Tables of the page: dlms.table('NAME', {columns, rows, ...}) makes a DataTable of #NAME-table; its update() shows what changed.
'use strict';

(() => {
    const {texts, html, escape} = dlms;
    const copies = rows => rows.map(row => ({...row}));     // a table's own, which it may change
    const FADE = 2500;      // ms that a changed value is marked

    // A renderer of DataTables: HTML to show, the plain text to sort and to search.
    const shown = (toHtml, field) => (data, type, row) =>
        type === 'display' ? toHtml(data, row) : field ? row[field] : data;
    const plain = shown(text => escape(text));
    // Long words may break: paths after their dots, what the meter sends anywhere if it is longer than any word.
    const breakable = pattern => shown(text => String(text ?? '').split(pattern).map(escape).join('<wbr>'));

    const cells = {
        shown, plain,
        path: breakable(/(?<=\.)/),
        words: breakable(/(?<=[^\s]{24})/),
        // On a phone the meaning stands below the code, and has no column of its own.
        code: shown((code, row) => html`<code>${code}</code> <span class="dlms-below dlms-phone">${row.name}</span>`),
        downloads: shown((key, row) => !row.recorded ? '–' : dlms.downloads(key)),
        control: {data: null, defaultContent: '', className: 'dtr-control datatable-responsive', orderable: false, searchable: false},
    };

    dlms.downloads = key =>
        html`<a class="record" href="session.jsonl?key=${encodeURIComponent(key)}&numbers=shown" download><i class="fas fa-download"></i> ${texts.whole}</a>` +
        html`<a class="record" href="session.jsonl?key=${encodeURIComponent(key)}&numbers=masked" download><i class="fas fa-user-secret"></i> ${texts.masked}</a>`;

    // columns: DataTables' columns, the first being cells.control; rows: () => [{id, ...}]; rowClass: row => class;
    // bare: without search, pages and order; marked: the fields of which a change is marked.
    dlms.table = (name, options) => {
        const element = $(`#${name}-table`), {columns, rows, rowClass, bare = false, marked = ['value', 'values']} = options;
        let known = rows();
        const asked = Number(texts.page_length);
        $(window).trigger('datatables_defaults');
        $.fn.dataTable.defaults.pageResize = false;     // the core's sizes a table that is alone in its tab
        const api = element.DataTable({
            data: copies(known), columns: columns.map(column => ({orderable: !bare, ...column})), columnDefs: [], order: [],
            deferRender: true, fixedHeader: false, colReorder: false, stateSave: !bare, stateDuration: 0, autoWidth: false,
            pageLength: asked > 1 ? asked : 50, lengthMenu: [[10, 25, 50, 100, -1], [10, 25, 50, 100, texts.all]],
            paging: !bare, searching: !bare, info: !bare, pagingType: 'numbers', ordering: true,
            dom: bare ? 't' : '<"dlms-bar"lf>tip',
            language: {search: '', searchPlaceholder: texts.search, zeroRecords: texts.none_found, emptyTable: texts.none_found,
                info: texts.some_entries, infoEmpty: '', infoFiltered: texts.filtered, lengthMenu: texts.length, thousands: ''},
            createdRow: (row, data) => { row.className += ` ${rowClass?.(data) || ''}`; },
            initComplete: function () { $(this).show(); },
            preDrawCallback: () => {},      // the core's looks for a table that is alone in its tab
            drawCallback: function () {
                const part = name => $(this.api().table().container()).find(name);
                part('.dataTables_paginate').toggle(this.api().page.info().pages > 1);
                part('.dataTables_length').toggle(this.api().rows().count() > 25);
            },
        });
        element.find('thead th').first().html(html`<span class="dlms-unseen">${texts.open_row}</span>`);
        element.closest('.dataTables_wrapper').find('.dataTables_filter input').attr('aria-label', texts.search);

        // What opens a row is a button to a screen reader and to the keyboard.
        function nameControls() {
            element.find('td.dtr-control').each((i, cell) => {
                const opens = element.hasClass('collapsed');
                cell.tabIndex = opens ? 0 : -1;
                if (!opens) return void ['role', 'aria-label', 'aria-expanded'].forEach(name => cell.removeAttribute(name));
                if (!cell.firstElementChild) cell.innerHTML = html`<button type="button" class="dlms-expand" aria-label="${texts.open_row}"></button>`;
                cell.tabIndex = -1;
                cell.firstElementChild.setAttribute('aria-expanded', String(cell.parentNode.classList.contains('parent')));
            });
        }
        api.on('draw responsive-resize responsive-display', nameControls);

        // The same rows: only the cells that changed; else all of them anew. Order, page and search stay.
        function update() {
            const before = known;
            known = rows();
            if (before.length !== known.length || known.some((row, i) => row.id !== before[i].id)) return renew();
            const changed = new Set();
            known.forEach((row, i) => row !== before[i] && changeRow(i, row, before[i], changed));
            const sorted = api.order().map(([column]) => columns[column].data);
            if (api.search() || sorted.some(field => changed.has(field))) api.draw(false);
        }

        function renew() {
            const page = api.page();
            api.clear().rows.add(copies(known)).draw(false);
            if (page && page < api.page.info().pages) api.page(page).draw(false);
            fit();
        }

        function changeRow(i, row, before, changed) {
            const fields = Object.keys(row).filter(field => JSON.stringify(row[field]) !== JSON.stringify(before[field]));
            if (!fields.length) return;
            Object.assign(api.row(i).data(), row);
            fields.forEach(field => changed.add(field));
            const node = api.row(i).node();
            if (rowClass && node) {
                node.classList.remove(...(rowClass(before) || '').split(' ').filter(Boolean));
                node.classList.add(...(rowClass(row) || '').split(' ').filter(Boolean));
            }
            columns.forEach((column, c) => {
                const shows = [column.data, ...(column.also || [])];
                if (!column.data || !fields.some(field => shows.includes(field))) return;
                const cell = api.cell(i, c);
                cell.invalidate();
                if (cell.node() && marked.includes(column.data) && fields.includes(column.data)) mark(cell.node());
            });
        }

        // Marked at once and unmarked at once: a colour that fades costs each frame.
        function mark(cell) {
            cell.classList.add('changed');
            clearTimeout(cell.unmark);
            cell.unmark = setTimeout(() => cell.classList.remove('changed'), FADE);
        }

        const fit = () => {
            api.columns.adjust().responsive.recalc();
            nameControls();
        };
        return {api, update, fit};
    };
    dlms.cells = cells;
})();
