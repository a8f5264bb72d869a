// Tab Diagnose: what went wrong and what to do, the last readouts that failed and those that did not, with their recordings.
'use strict';

(() => {
    const {byId, setText, html, texts} = dlms, {control, shown, plain, downloads} = dlms.cells;
    let table;
    const phases = shown(list => !list.length ? '–' : '<span class="dlms-phases">' + list.map(([phase, name, share, seconds]) =>
        html`<span class="${phase}" style="width:${(share * 100).toFixed(1)}%" title="${name} ${seconds} s"></span>`).join('') +
        html`</span> ${list.filter(([, , share]) => share > 0.01).map(([, , , seconds]) => seconds).join(' · ')} s`);

    function showVerdict(verdict) {
        byId('dlms-verdict').className = verdict.kind;
        for (const name of ['title', 'text', 'remedy', 'held_back', 'shapes']) setText('verdict-' + name, verdict[name]);
        setText('verdict-error', verdict.message);
        byId('verdict-message').hidden = !verdict.message;
    }

    // One that is there already stays, opened or not.
    function showFailures(failures) {
        const there = new Map([...byId('failures').children].map(element => [element.dataset.key, element]));
        byId('failures').replaceChildren(...failures.map(failure => there.get(failure.id) || makeFailure(failure)));
    }

    function makeFailure(failure) {
        const element = document.createElement('details');
        element.className = 'dlms-failure';
        element.dataset.key = failure.id;
        element.innerHTML = html`<summary><span class="time">${failure.time}</span> <b>${failure.title}</b> <span class="dlms-soft">${failure.times}</span></summary>
            <p>${failure.text}</p><p><b>${failure.remedy}</b></p><p class="dlms-soft"><code>${failure.message}</code> · ${failure.duration}</p>` +
            (failure.recorded ? `<p>${dlms.downloads(failure.id)}</p>` : '');
        return element;
    }

    function showLegend(sessions) {
        const names = new Map(sessions.flatMap(session => session.phases.map(([phase, name]) => [phase, name])));
        byId('phase-legend').innerHTML = [...names].map(([phase, name]) => html`<i class="dlms-dot ${phase}"></i>${name} `).join('');
    }

    dlms.tab('diagnosis', {
        start() {
            table = dlms.table('sessions', {rows: () => dlms.state.sessions, bare: true, columns: [control,
                {data: 'time', render: plain, className: 'code all', responsivePriority: 1},
                {data: 'result', render: shown((text, row) => html`<span title="${row.message}">${text}</span>`), className: 'result lines', responsivePriority: 2},
                {data: 'duration', render: plain, className: 'value', responsivePriority: 4},
                {data: 'phases', render: phases, className: 'code', responsivePriority: 5},
                {data: 'checks', render: plain, className: 'code', responsivePriority: 6}, {data: 'quality', render: plain, responsivePriority: 6},
                {data: 'repeats', render: plain, responsivePriority: 7},
                {data: 'id', render: downloads, className: 'code', responsivePriority: 3}]});
            byId('dlms-forget').addEventListener('click', dlms.order('forget'));
        },
        show(state, news) {
            showVerdict(state.verdict);
            if (news.has('failures')) showFailures(state.failures);
            if (news.has('sessions')) showLegend(state.sessions);
            table.update();
        },
        badge: state => ({text: ['failed', 'wrong'].includes(state.verdict.kind) ? '!' : '', failed: true}),
        opened: () => table.fit(),
    });
})();
