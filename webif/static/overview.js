// Tab Übersicht: the main values of the meter, and what there is to do.
'use strict';

(() => {
    const {byId, html} = dlms;
    let known = '';

    function showValues(state) {
        const rows = new Map(state.rows.map(row => [row.id, row]));
        const cards = state.overview.values.map(id => rows.get(id)).filter(Boolean);
        const ids = cards.map(row => row.id).join();
        if (ids !== known) {
            known = ids;
            byId('overview-values').innerHTML = cards.map(row =>
                html`<div class="dlms-card"><h2></h2><p><b></b> <span></span></p></div>`).join('');
        }
        [...byId('overview-values').children].forEach((card, i) => {
            const row = cards[i], values = row.values.split('\n'), units = row.units.split('\n');
            const at = Math.max(0, units.findIndex(Boolean));       // the time of a highest value stands beside it
            for (const [selector, text] of [['h2', row.name || row.code], ['b', dlms.number(values[at])], ['span', units[at] || '']]) {
                const element = card.querySelector(selector);
                if (element.textContent !== text) element.textContent = text;
            }
            card.title = row.code;
        });
    }

    // As the meter writes it, without the zeros before it and with the mark of the language.
    dlms.number = text => {
        const found = /^([+-]?)0*(\d+)(?:[.,](\d+))?$/.exec(text.trim());
        if (!found) return text;
        const [, sign, whole, rest] = found, german = dlms.texts.language === 'de';
        const grouped = whole.replace(/\B(?=(\d{3})+$)/g, german ? '.' : ',');
        return (sign === '-' ? '−' : '') + grouped + (rest ? (german ? ',' : '.') + rest : '');
    };

    function showHints(hints) {
        byId('overview-hints').replaceChildren(...hints.map(([tab, text]) => {
            const item = document.createElement('li'), button = item.appendChild(document.createElement('button'));
            button.type = 'button';
            button.textContent = text;
            button.addEventListener('click', () => dlms.open(tab));
            return item;
        }));
        byId('overview-hints').hidden = !hints.length;
    }

    dlms.tab('overview', {
        show(state, news) {
            showValues(state);
            if (news.has('overview')) showHints(state.overview.hints);
        },
    });
})();
