// Tab Verbrauch: figures, bars and table of a quantity. What comes from the meter gets in as text.
'use strict';

(() => {
    const KINDS = ['days', 'months'];
    const {byId, setText} = dlms;
    const charts = {};
    let quantities = [], shown = '', known = '', looking = false;
    const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

    function element(name, text, kind = '') {
        const made = document.createElement(name);
        made.textContent = text;
        if (kind) made.className = kind;
        return made;
    }

    // With each readout; the state of the page holds no bars, they are many.
    function look() {
        const wanted = String(dlms.state.head.count);
        if (looking || wanted === known) return;
        looking = true;
        $.ajax({url: 'get_data.html', data: {dataSet: 'consumption'}, dataType: 'text', timeout: 15000})
            .done(text => { quantities = JSON.parse(text).quantities; known = wanted; show(); })
            .always(() => { looking = false; });
    }

    function show() {
        byId('consumption').hidden = !quantities.length;
        byId('consumption-none').hidden = quantities.length > 0;
        if (!quantities.length) return;
        const select = byId('consumption-quantity'), listed = [...select.options].map(option => option.value).join();
        if (listed !== quantities.map(each => each.id).join()) {
            const before = select.value || dlms.remembered('quantity');
            select.replaceChildren(...quantities.map(each => new Option(`${each.id}  ${each.title}`, each.id)));
            if (quantities.some(each => each.id === before)) select.value = before;
        }
        showQuantity(quantities.find(each => each.id === select.value));
    }

    function showQuantity(quantity) {
        const now = JSON.stringify(quantity);
        if (now === shown) return;
        shown = now;
        setText('consumption-since', quantity.since);
        byId('consumption-csv').href = 'consumption.csv?quantity=' + encodeURIComponent(quantity.id);
        const power = quantity.power && {label: quantity.power_label, value: quantity.power, note: quantity.power_note};
        byId('consumption-figures').replaceChildren(...[...(power ? [power] : []), ...quantity.figures].map(figure => {
            const box = document.createElement('div'), told = document.createElement('dd');
            told.append(element('div', figure.value, 'amount'), element('div', figure.note, 'note'));
            box.append(element('dt', figure.label), told);
            return box;
        }));
        KINDS.forEach(kind => {
            showTable(kind, quantity);
            showChart(kind, quantity);
        });
    }

    function showTable(kind, quantity) {
        byId(`table-${kind}`).tBodies[0].replaceChildren(...[...quantity[kind]].reverse().map(bar => {
            const row = document.createElement('tr');
            row.append(element('td', bar.label), element('td', `${bar.amount} ${quantity.unit}`, 'value'), element('td', bar.note));
            return row;
        }));
    }

    function faint(colour) {
        const [red, green, blue] = colour.match(/[0-9a-f]{2}/gi).map(two => parseInt(two, 16));
        return `rgba(${red},${green},${blue},.45)`;
    }

    function showChart(kind, quantity) {
        const bars = quantity[kind], series = quantity.series[kind], colours = [1, 2, 3, 4].map(number => style(`--tariff-${number}`));
        const ink = style('--dlms-soft'), line = style('--dlms-line');
        const datasets = series.map((name, i) => ({label: name, data: bars.map(bar => bar.parts[i]), borderWidth: 0, maxBarThickness: 40,
            backgroundColor: bars.map(bar => bar.shared ? faint(colours[i % 4]) : colours[i % 4])}));
        const legend = byId(`legend-${kind}`);
        legend.replaceChildren(...(series.length < 2 ? [] : series.flatMap((name, i) => {
            const dot = document.createElement('i');
            dot.style.background = colours[i % 4];
            return [dot, document.createTextNode(name)];
        })));
        charts[kind]?.destroy();
        charts[kind] = new Chart(byId(`chart-${kind}`), {type: 'bar', data: {labels: bars.map(bar => bar.label), datasets}, options: {
            responsive: true, maintainAspectRatio: false, animation: {duration: 0}, hover: {animationDuration: 0}, legend: {display: false},
            scales: {
                xAxes: [{stacked: true, gridLines: {display: false},
                    ticks: {fontColor: ink, maxRotation: 0, autoSkipPadding: 8}}],
                yAxes: [{stacked: true, gridLines: {color: line}, ticks: {fontColor: ink, beginAtZero: true, maxTicksLimit: 6,
                    callback: value => value.toLocaleString(dlms.texts.language)}}]},
            tooltips: {mode: 'index', intersect: false, callbacks: {
                label: item => `${datasets[item.datasetIndex].label}: ${Number(item.yLabel).toLocaleString(dlms.texts.language)} ${quantity.unit}`,
                footer: items => bars[items[0].index].note}},
        }});
    }

    dlms.tab('consumption', {
        start() {
            byId('consumption-quantity').addEventListener('change', event => {
                dlms.remember('quantity', event.target.value);
                show();
            });
        },
        show: look,
        opened: look,
    });
})();
