// Puts what the plugin says into the page. All of it is foreign text: it gets in as text, or escaped by html`...`.
'use strict';

(() => {
    const SOON = 600;     // ms until the next look while a readout runs
    let state, texts, pageLength, soon = null, awaited = null, curves = '', chosen = null;
    const charts = {};
    const byId = id => document.getElementById(id);

    // --- text to HTML: nothing but this makes HTML of what came from outside ---

    const escapes = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};
    const escape = text => String(text ?? '').replace(/[&<>"']/g, character => escapes[character]);
    const html = (parts, ...values) => parts.reduce((all, part, i) => all + escape(values[i - 1]) + part);

    // A renderer of DataTables: HTML to show, the plain text to sort and to search.
    const shown = (toHtml, field) => (data, type, row) =>
        type === 'display' ? toHtml(data, row) : field ? row[field] : data;
    const plain = shown(text => escape(text));
    // Long words may break: paths behind their dots, what the meter sends anywhere.
    const breakable = pattern => shown(text => String(text ?? '').split(pattern).map(escape).join('<wbr>'));
    const path = breakable(/(?<=\.)/);
    const words = breakable(/(?<=[^\s]{24})/);

    function setText(id, text) {
        const element = byId(id);
        if (element.textContent !== text) element.textContent = text;
        return element;
    }

    // --- tables ---

    const control = {data: null, defaultContent: '', className: 'dtr-control datatable-responsive', orderable: false, searchable: false};
    // On a phone the meaning stands below the code, and has no column of its own.
    const codeCell = shown((code, row) => html`<code>${code}</code> <span class="dlms-below dlms-phone">${row.name}</span>`);
    const downloads = shown((key, row) => !row.recorded ? '–' :
        html`<a class="record" href="session.jsonl?key=${encodeURIComponent(key)}&numbers=shown" download><i class="fas fa-download"></i> ${texts.whole}</a>` +
        html`<a class="record" href="session.jsonl?key=${encodeURIComponent(key)}&numbers=masked" download><i class="fas fa-user-secret"></i> ${texts.masked}</a>`);
    const phases = shown(list => !list.length ? '–' : '<span class="dlms-phases">' + list.map(phase =>
        html`<span class="${phase.phase}" style="width:${(phase.share * 100).toFixed(1)}%" title="${phase.name} ${phase.seconds} s"></span>`).join('') +
        html`</span> ${list.filter(phase => phase.share > 0.01).map(phase => phase.seconds).join(' · ')} s`);
    const checkbox = shown((on, row) =>
        html`<input type="checkbox" class="fresh-code" value="${row.code}" aria-label="${texts.choose} ${row.code}"` + (chosen.has(row.code) ? ' checked>' : '>'));

    const tables = {
        readout: {rows: () => state.rows, order: [], columns: [control,
            {data: 'code', render: codeCell, className: 'code all', responsivePriority: 1},
            {data: 'name', render: plain, className: 'name lines not-mobile', responsivePriority: 3},
            {data: 'values', render: words, className: 'value all', responsivePriority: 1},
            {data: 'units', render: plain, className: 'unit', responsivePriority: 2},
            {data: 'items', render: path, className: 'path lines', responsivePriority: 4}]},
        items: {rows: () => state.items, order: [], rowClass: row => row.missing ? 'missing' : '', columns: [control,
            {data: 'path', render: path, className: 'path all', responsivePriority: 1},
            {data: 'value', render: words, className: 'value', responsivePriority: 2},
            {data: 'code', render: shown((code, row) => html`<code>${code}</code>` +
                (row.found ? html` <span class="dlms-below">${row.found}</span>` : '') + (row.missing ? html` <span class="dlms-below"><span class="dlms-badge">${texts.missing}</span></span>` : '')), className: 'code', responsivePriority: 3},
            {data: 'index', render: plain, responsivePriority: 7}, {data: 'key', render: plain, responsivePriority: 6},
            {data: 'conversion', render: plain, responsivePriority: 6},
            {data: 'changed', render: plain, className: 'code', responsivePriority: 5},
            {data: 'note', render: plain, className: 'lines', responsivePriority: 4}]},
        fresh: {rows: () => state.fresh, order: [], columns: [control,
            {data: 'chosen', render: checkbox, className: 'all', orderable: false, searchable: false},
            {data: 'code', render: codeCell, className: 'code all', responsivePriority: 1},
            {data: 'name', render: plain, className: 'name lines not-mobile', responsivePriority: 2},
            {data: 'values', render: words, className: 'value', responsivePriority: 3},
            {data: 'units', render: plain, className: 'unit', responsivePriority: 4}]},
        sessions: {rows: () => state.sessions, order: [], bare: true, rowClass: row => row.ok ? '' : 'failed', columns: [control,
            {data: 'time', render: plain, className: 'code all', responsivePriority: 1},
            {data: 'result', render: shown((text, row) => html`<span title="${row.message}">${text}</span>`), className: 'result lines', responsivePriority: 2},
            {data: 'duration', render: plain, className: 'value', responsivePriority: 4},
            {data: 'phases', render: phases, className: 'code', responsivePriority: 5},
            {data: 'checks', render: plain, className: 'code', responsivePriority: 6}, {data: 'quality', render: plain, responsivePriority: 6},
            {data: 'repeats', render: plain, responsivePriority: 7},
            {data: 'id', render: downloads, className: 'code', responsivePriority: 3}]},
    };

    function makeTable(name, table) {
        table.api = $(`#${name}-table`).DataTable({
            data: table.rows(), columns: table.columns.map(column => ({orderable: !table.bare, ...column})), columnDefs: [], order: table.order,
            deferRender: true, fixedHeader: false, colReorder: false, stateSave: !table.bare, stateDuration: 0,
            pageLength, lengthMenu: [[10, 25, 50, 100, -1], [10, 25, 50, 100, texts.all]],
            paging: !table.bare, searching: !table.bare, info: !table.bare, pagingType: 'numbers', ordering: true,
            dom: table.bare ? 't' : '<"dlms-bar"lf>tip',
            language: {search: '', searchPlaceholder: texts.search, zeroRecords: texts.none_found, emptyTable: texts.sessions_none,
                info: texts.some_entries, infoEmpty: '', infoFiltered: texts.filtered, lengthMenu: texts.length, thousands: ''},
            createdRow: (row, data) => table.rowClass && $(row).toggleClass('missing failed', false).addClass(table.rowClass(data)),
            initComplete: function () { $(this).show(); },
            preDrawCallback: () => {},
            drawCallback: function () {
                const part = name => $(this.api().table().container()).find(name);
                part('.dataTables_paginate').toggle(this.api().page.info().pages > 1);
                part('.dataTables_length').toggle(this.api().rows().count() > 25);
            },
        });
        note(table, table.rows());
    }

    function note(table, rows) {
        table.ids = rows.map(row => row.id).join();
        table.known = rows.map(row => JSON.stringify(row));
    }

    // The same rows: only what changed; else all of them anew. Order, page and search stay.
    function fillTable(table) {
        const rows = table.rows(), before = table.known, ids = table.ids;
        note(table, rows);
        if (ids === table.ids) {
            const changed = rows.filter((row, i) => before[i] !== table.known[i] && (changeRow(table, i, row), true));
            if (changed.length) table.api.draw(false);
            return;
        }
        const page = table.api.page();
        table.api.clear().rows.add(rows).draw(false);
        if (page && page < table.api.page.info().pages) table.api.page(page).draw(false);
        table.api.columns.adjust().responsive.recalc();
    }

    function changeRow(table, i, row) {
        const api = table.api.row(i), before = api.data();
        api.data(row);
        const node = api.node();
        if (!node) return;
        if (table.rowClass) $(node).removeClass('missing failed').addClass(table.rowClass(row));
        table.columns.forEach((column, c) => {
            if (!column.data || row[column.data] === before[column.data]) return;
            const cell = table.api.cell(i, c).node();
            if (!cell || !['value', 'values'].includes(column.data)) return;
            cell.classList.remove('changed');
            void cell.offsetWidth;      // so that the animation begins again
            cell.classList.add('changed');
        });
    }

    // --- the whole page ---

    function show(newState) {
        state = newState;
        showHead();
        const there = {readout: !!state.readout, items: state.items.length > 0, results: state.head.count > 0,
            fresh: !!state.readout && state.fresh.length > 0, held: state.held.rows.length > 0, shapes: !!state.verdict.shapes};
        const seen = {...there, 'no-readout': !there.readout, 'no-items': !there.items, 'no-results': !there.results,
            'no-fresh': there.readout && !there.fresh};
        document.querySelectorAll('[data-when]').forEach(part => {
            part.style.display = seen[part.dataset.when] ? 'block' : 'none';
            part.classList.toggle('shown', !!seen[part.dataset.when]);
        });
        setText('dlms-about', state.readout);
        setText('dlms-remarks', state.remarks);
        showLines('rejected-rows', state.rejected);
        byId('dlms-rejected').style.display = state.rejected.length ? 'block' : 'none';
        showLines('held-rows', state.held.rows);
        setText('held-about', state.held.about);
        chooseFresh();
        Object.values(tables).forEach(fillTable);
        showVerdict();
        showCounts();
        showCodes();
        showCourse();
        lookAgain();
    }

    function showHead() {
        const head = state.head;
        for (const name of ['meter', 'type', 'serial', 'line', 'port', 'last', 'next', 'cycle', 'success', 'power', 'clock', 'detail'])
            setText('head-' + name, head[name]).title = head[name];
        setText('head-status', head.status).className = head.kind;
        if (head.detail) byId('head-detail').parentNode.title = head.detail;
        byId('dlms-read').disabled = head.reading;
    }

    function showLines(id, lines) {
        byId(id).replaceChildren(...lines.map(({line, reason}) => {
            const row = document.createElement('tr');
            for (const text of [line, reason]) row.appendChild(document.createElement('td')).textContent = text;
            return row;
        }));
    }

    function showVerdict() {
        byId('dlms-verdict').className = state.verdict.kind;
        for (const name of ['title', 'text', 'remedy', 'held_back', 'shapes']) setText('verdict-' + name, state.verdict[name]);
        setText('verdict-error', state.verdict.message);
        byId('verdict-message').style.display = state.verdict.message ? 'block' : 'none';
    }

    function showCounts() {
        const badge = (tab, text, failed) => {
            const link = document.querySelector(`#tab_${tab} a`);
            const mark = link.querySelector('.dlms-count') || link.appendChild(document.createElement('span'));
            mark.className = 'dlms-count' + (failed ? ' failed' : '');
            mark.textContent = text;
            mark.style.display = text ? '' : 'none';
        };
        const missing = state.items.filter(item => item.missing).length;
        badge(2, missing ? `${missing} ${missing === 1 ? texts.missing : texts.are_missing}` : state.items.length || '', missing > 0);
        badge(3, state.fresh.length || '');
        badge(5, ['failed', 'wrong'].includes(state.verdict.kind) ? '!' : '', true);
    }

    // --- read now, accept now, forget the shape ---

    function post(url, button, done) {
        button.disabled = true;
        $.ajax({url, method: 'POST', dataType: 'json', headers: {'X-Requested-With': 'XMLHttpRequest'}}).done(answer => {
            setText('dlms-answer', answer.message);
            done(answer);
        }).fail(() => setText('dlms-answer', texts.no_answer)).always(() => { button.disabled = false; });
    }

    const readNow = () => post('read', byId('dlms-read'), answer => {
        awaited = {count: state.head.count, until: Date.now() + (answer.ok ? 20000 : 5000)};
        lookAgain();
    });

    // Done at once: what it changed is looked at, and the answer goes away by itself.
    const order = url => event => post(url, event.currentTarget, () => {
        awaited = {count: state.head.count, until: Date.now() + 5000};
        shngGetUpdatedData();
    });

    // While a readout runs that was asked for here, the page looks more often than it does by itself.
    function lookAgain() {
        clearTimeout(soon);
        if (!awaited) return;
        if (state.head.reading) awaited.until = Date.now() + 5000;
        if (state.head.count !== awaited.count && !state.head.reading || Date.now() > awaited.until) {
            awaited = null;
            setText('dlms-answer', '');
            return;
        }
        soon = setTimeout(() => shngGetUpdatedData(), SOON);
    }

    // --- new items ---

    let suggested = null;

    // Chosen at first is what the plugin proposes; then what the user chose, as long as it is there.
    function chooseFresh() {
        if (chosen === null) {
            if (!state.fresh.length) return void (chosen = state.readout ? new Set() : null);
            chosen = new Set(state.fresh.filter(row => row.chosen).map(row => row.code));
        }
        const there = new Set(state.fresh.map(row => row.code));
        chosen = new Set([...chosen].filter(code => there.has(code)));
        suggest();
    }

    function suggest() {
        const codes = state.fresh.map(row => row.code).filter(code => chosen.has(code));
        byId('fresh-all').checked = codes.length > 0 && codes.length === state.fresh.length;
        byId('fresh-all').indeterminate = codes.length > 0 && codes.length < state.fresh.length;
        const query = codes.map(code => 'codes=' + encodeURIComponent(code)).join('&');
        if (query === suggested) return;
        suggested = query;
        byId('fresh-download').href = 'items.yaml?' + query;
        $.ajax({url: 'items.yaml?' + query, dataType: 'text'}).done(yaml => {
            if (query === suggested) byId('fresh-yaml').value = yaml;
        }).fail(() => { suggested = null; });
    }

    function choose(event) {
        const code = event.target.value;
        event.target.checked ? chosen.add(code) : chosen.delete(code);
        suggest();
    }

    // All that the search leaves.
    function chooseAll(event) {
        const rows = tables.fresh.api.rows({search: 'applied'}).data().toArray();
        rows.forEach(row => event.target.checked ? chosen.add(row.code) : chosen.delete(row.code));
        tables.fresh.api.rows().invalidate().draw(false);
        suggest();
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

    // --- course ---

    const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
    const two = number => String(number).padStart(2, '0');
    const number = value => value.toLocaleString(texts.language, {maximumFractionDigits: 6});

    // The server's clock on the wall, written as if it were UTC.
    function clock(time, span) {
        const at = new Date(time), hour = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
        if (span < 600000) return `${hour}:${two(at.getUTCSeconds())}`;
        return span < 36 * 3600000 ? hour : `${two(at.getUTCDate())}.${two(at.getUTCMonth() + 1)}. ${hour}`;
    }

    function timeTicks(axis) {
        const span = axis.max - axis.min, most = Math.max(2, Math.floor(axis.width / 90));
        const step = (STEPS.find(seconds => span / seconds / 1000 <= most) || STEPS.at(-1)) * 1000;
        const ticks = [];
        for (let at = Math.ceil(axis.min / step) * step; at <= axis.max; at += step) ticks.push(at);
        return ticks.length > 1 ? ticks : [axis.min, axis.max];
    }

    function makeChart(id, datasets, unit) {
        charts[id] = new Chart(byId(id), {type: 'line', data: {datasets}, options: {
            responsive: true, maintainAspectRatio: false, animation: {duration: 0}, hover: {animationDuration: 0}, legend: {display: false},
            elements: {line: {tension: 0, borderWidth: 2}, point: {radius: 0, hitRadius: 8, hoverRadius: 4}},
            scales: {
                xAxes: [{type: 'linear', gridLines: {color: '#eef2f5'}, afterBuildTicks: timeTicks,
                    ticks: {callback: function (value) { return clock(value, this.max - this.min); }, maxRotation: 0, fontColor: '#6c7a86'}}],
                yAxes: [{gridLines: {color: '#eef2f5'}, ticks: {callback: value => number(value), maxTicksLimit: 6, fontColor: '#6c7a86',
                    beginAtZero: id === 'chart-durations'}}]},
            tooltips: {mode: 'nearest', intersect: false, displayColors: false, callbacks: {
                title: items => clock(items[0].xLabel, 0),
                label: item => `${number(Number(item.yLabel))} ${unit()}`}},
        }});
    }

    function makeCharts() {
        Chart.defaults.global.defaultFontFamily = getComputedStyle(document.body).fontFamily;
        const line = {borderColor: '#4a7ba6', backgroundColor: 'rgba(74,123,166,.10)', data: []};
        makeChart('chart-values', [{...line, fill: true}], () => curves.unit || '');
        makeChart('chart-durations', [{...line, fill: true},
            {data: [], showLine: false, fill: false, pointRadius: 4, pointBackgroundColor: '#c0392b', pointBorderColor: '#c0392b'}],
            () => texts.seconds);
    }

    function showCodes() {
        const select = byId('course-code'), known = [...select.options].map(option => option.value).join();
        byId('course-values').style.display = state.codes.length ? 'block' : 'none';
        if (!state.codes.length || known === state.codes.map(code => code[0]).join()) return;
        const before = select.value || remembered('code');
        select.replaceChildren(...state.codes.map(([code, text]) => new Option(text, code)));
        // what most want to see first: power, else energy
        const wishes = [code => code === before, code => /(^|:)(1|16)\.7\.0/.test(code), code => /(^|:)(1\.8\.0|6\.8)(\*255)?$/.test(code), () => true];
        const codes = state.codes.map(([code]) => code);
        select.value = codes.find(wishes.find(wish => codes.some(wish)));
    }

    let drawn = '';

    function showCourse() {
        const code = byId('course-code').value, wanted = `${code} ${state.head.count}`;
        if (window.activeTab !== 'bodytab_4' || wanted === drawn || !state.head.count) return;
        drawn = wanted;
        $.ajax({url: 'get_data.html', data: {dataSet: 'course', params: code}, dataType: 'json'}).done(answer => {
            if (!charts['chart-values']) makeCharts();
            curves = answer;
            setText('course-unit', answer.unit);
            const times = [...answer.durations, ...answer.failures].map(point => point[0]);
            const from = Math.min(...times), to = Math.max(...times, from + 60000);
            const dots = list => list.map(([x, y]) => ({x, y}));
            draw('chart-values', [dots(answer.values)], from, to);
            draw('chart-durations', [dots(answer.durations), dots(answer.failures)], from, to);
        }).fail(() => { drawn = ''; });
    }

    function draw(id, lines, from, to) {
        const chart = charts[id];
        lines.forEach((line, i) => {
            chart.data.datasets[i].data = line;
            if (i === 0) chart.data.datasets[i].pointRadius = line.length < 40 ? 2 : 0;
        });
        Object.assign(chart.options.scales.xAxes[0].ticks, {min: from, max: to});
        chart.update();
    }

    // --- what the browser keeps, for this page of this tab ---

    const memory = name => `dlms ${location.pathname} ${name}`;
    const remembered = name => sessionStorage.getItem(memory(name)) || '';
    const remember = (name, value) => sessionStorage.setItem(memory(name), value);

    function readText() {
        if (byId('dlms-raw').open)
            $.ajax({url: 'readout.txt', dataType: 'text'}).done(text => setText('dlms-text', text));
    }

    // The core's refresh calls it.
    window.handleUpdatedData = response => {
        const before = state.head.count;
        show(JSON.parse(response));
        if (state.head.count !== before) readText();
    };

    $(document).ready(() => {
        texts = JSON.parse(byId('dlms-texts').textContent);
        const asked = Number(texts.page_length);
        pageLength = asked > 1 ? asked : 50;
        $(window).trigger('datatables_defaults');
        $.fn.dataTable.defaults.pageResize = false;     // the core's sizes a table that is alone in its tab
        state = JSON.parse(byId('dlms-state').textContent);
        chooseFresh();
        for (const [name, table] of Object.entries(tables)) makeTable(name, table);
        show(state);
        for (const table of Object.values(tables)) table.api.columns.adjust().responsive.recalc();
        byId('dlms-read').addEventListener('click', readNow);
        byId('dlms-accept').addEventListener('click', order('accept'));
        byId('dlms-forget').addEventListener('click', order('forget'));
        byId('dlms-raw').addEventListener('toggle', readText);
        byId('fresh-copy').addEventListener('click', copy);
        byId('fresh-all').addEventListener('change', chooseAll);
        $('#fresh-table').on('change', '.fresh-code', choose);
        byId('course-code').addEventListener('change', event => { remember('code', event.target.value); showCourse(); });
        $('a[data-toggle="tab"]').on('shown.bs.tab', event => {
            window.activeTab = $(event.target).attr('href').slice(1);
            remember('tab', window.activeTab);
            Object.values(tables).forEach(table => table.api.columns.adjust().responsive.recalc());
            showCourse();
        });
        if (/^bodytab_[2-6]$/.test(remembered('tab'))) $(`a[href="#${remembered('tab')}"]`).tab('show');
        window.dispatchEvent(new Event('resize'));      // the head has got its size
    });
})();
