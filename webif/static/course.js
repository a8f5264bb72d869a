// Tab Verlauf: the curve of a code, and how long readouts took.
'use strict';

(() => {
    const {byId, setText, texts, two} = dlms;
    const charts = {};
    let curves = '', drawn = '';
    const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--dlms-${name}`).trim();

    const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
    const number = value => value.toLocaleString(texts.language, {maximumFractionDigits: 6});

    // As the rest of the page writes dates, without the year.
    const day = at => texts.language === 'de' ? `${two(at.getUTCDate())}.${two(at.getUTCMonth() + 1)}.` :
        `${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;

    // The server's clock on the wall, written as if it were UTC.
    function clock(time, span) {
        const at = new Date(time), hour = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
        if (span < 600000) return `${hour}:${two(at.getUTCSeconds())}`;
        return span < 36 * 3600000 ? hour : `${day(at)} ${hour}`;
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
                xAxes: [{type: 'linear', gridLines: {color: colour('line')}, afterBuildTicks: timeTicks,
                    ticks: {callback: function (value) { return clock(value, this.max - this.min); }, maxRotation: 0, fontColor: colour('soft')}}],
                yAxes: [{gridLines: {color: colour('line')}, ticks: {callback: value => number(value), maxTicksLimit: 6, fontColor: colour('soft'),
                    beginAtZero: id === 'chart-durations'}}]},
            tooltips: {mode: 'nearest', intersect: false, displayColors: false, callbacks: {
                title: items => `${day(new Date(items[0].xLabel))} ${clock(items[0].xLabel, 0)}`,
                label: item => `${number(Number(item.yLabel))} ${unit()}`}},
        }});
    }

    function makeCharts() {
        Chart.defaults.global.defaultFontFamily = getComputedStyle(document.body).fontFamily;
        const line = {borderColor: colour('blue'), backgroundColor: 'rgba(74,123,166,.10)', data: []};
        makeChart('chart-values', [{...line, fill: true}], () => curves.unit || '');
        makeChart('chart-durations', [{...line, fill: true},
            {data: [], showLine: false, fill: false, pointRadius: 4, pointBackgroundColor: colour('failed'), pointBorderColor: colour('failed')}],
            () => texts.seconds);
    }

    function showCodes() {
        const select = byId('course-code'), known = [...select.options].map(option => option.value).join();
        byId('course-values').hidden = !dlms.state.codes.length;
        if (!dlms.state.codes.length || known === dlms.state.codes.map(code => code[0]).join()) return;
        const before = select.value || dlms.remembered('code');
        select.replaceChildren(...dlms.state.codes.map(([code, text]) => new Option(text, code)));
        // what most want to see first: power, else energy
        const wishes = [code => code === before, code => /(^|:)(1|16)\.7\.0/.test(code), code => /(^|:)(1\.8\.0|6\.8)(\*255)?$/.test(code), () => true];
        const codes = dlms.state.codes.map(([code]) => code);
        select.value = codes.find(wishes.find(wish => codes.some(wish)));
    }

    const dots = list => list.map(([x, y]) => ({x, y}));
    // Where nothing was read the line breaks.
    const broken = list => list.flatMap(([x, y, gap]) => gap ? [{x, y: NaN}, {x, y}] : [{x, y}]);

    function showCourse() {
        const code = byId('course-code').value, wanted = `${code} ${dlms.state.head.count}`;
        if (wanted === drawn || !dlms.state.head.count) return;
        drawn = wanted;
        $.ajax({url: 'get_data.html', data: {dataSet: 'course', params: code}, dataType: 'json'}).done(answer => {
            if (!charts['chart-values']) makeCharts();
            curves = answer;
            setText('course-unit', answer.unit);
            const times = [...answer.durations, ...answer.failures].map(point => point[0]);
            const from = Math.min(...times), to = Math.max(...times, from + 60000);
            draw('chart-values', [broken(answer.values)], from, to);
            draw('chart-durations', [broken(answer.durations), dots(answer.failures)], from, to);
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

    dlms.tab('course', {
        start() {
            byId('course-code').addEventListener('change', event => {
                dlms.remember('code', event.target.value);
                showCourse();
            });
        },
        show() {
            showCodes();
            showCourse();
        },
    });
})();
