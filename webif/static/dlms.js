// The page's frame: asks the plugin what is new and tells the tabs. All of it is foreign text: it gets in as text, or escaped by
// html`...`. A tab is a script of its own:
//
//     dlms.tab('NAME', {
//         start() {},              // once, the state is there
//         show(state, news) {},    // while it is seen, when something of the state changed; news: a Set of the parts that did
//         badge(state) {},         // {text, failed} to put at its title, at each change; may be left out
//         opened() {},             // it begins to be seen; may be left out
//         tick() {},               // each second while it is seen; may be left out
//     });
'use strict';

window.dlms = (() => {
    const SOON = 600;       // ms until the next look while a readout runs that was asked for here
    const texts = {}, tabs = {}, stale = {};
    let state = {}, heard = 0, looking = false, again = false, soon = null, awaited = null, answer = '', goneSince = '';
    const byId = id => document.getElementById(id);

    // --- text to HTML: nothing but this makes HTML of what came from outside ---

    const escapes = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};
    const escape = text => String(text ?? '').replace(/[&<>"']/g, character => escapes[character]);
    const html = (parts, ...values) => parts.reduce((all, part, i) => all + escape(values[i - 1]) + part);
    const fill = (text, values) => text.replace(/{(\w+)}/g, (all, name) => values[name] ?? all);

    function setText(id, text) {
        const element = byId(id);
        if (element.textContent !== text) element.textContent = text;
        return element;
    }

    // --- time that passes by itself ---

    const two = number => String(number).padStart(2, '0');
    const clock = () => state.clock + (performance.now() - heard) / 1000;       // s, as the plugin counts them

    function ago(read) {
        const seconds = Math.max(0, Math.round(clock() - read));
        const days = Math.floor(seconds / 86400);
        const age = seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min` :
            seconds < 172800 ? `${Math.floor(seconds / 3600)} h` : `${days} ${days === 1 ? texts.day : texts.days}`;
        return fill(texts.ago, {age});
    }

    const isOld = read => state.head.lifetime !== null && read !== null && clock() - read > state.head.lifetime;

    function tick() {
        if (document.hidden) return;
        const {read} = state.head;
        const age = read === null ? '' : ago(read);
        for (const element of document.querySelectorAll('.head-age')) if (element.textContent !== age) element.textContent = age;
        document.body.classList.toggle('dlms-old', isOld(read));
        showNotice();
        tabs[active()]?.tick?.();
    }

    // One line, by what weighs most.
    function showNotice() {
        const {read} = state.head;
        const [kind, text] = goneSince ? ['gone', fill(texts.gone, {time: goneSince})] : answer ? ['answer', answer] :
            isOld(read) ? ['old', fill(texts.old, {age: ago(read)})] : ['', ''];
        setText('dlms-notice', text).className = kind;
    }

    function say(text) {
        answer = text;
        showNotice();
    }

    // --- what the plugin tells ---

    // Takes an answer of the plugin into the state; returns the parts that changed.
    function merge(news) {
        if (news.whole) state = {};
        heard = performance.now();
        Object.assign(state, news.values, {v: news.v, clock: news.clock});
        for (const [name, cells] of Object.entries(news.cells || {})) state[name] = {...state[name], ...cells};
        for (const [name, {order, rows}] of Object.entries(news.rows || {})) {
            const known = new Map((state[name] || []).map(row => [row.id, row]));
            for (const row of rows) known.set(row.id, {...known.get(row.id), ...row});
            state[name] = (order || state[name].map(row => row.id)).map(id => known.get(id));
        }
        return new Set(['values', 'cells', 'rows'].flatMap(section => Object.keys(news[section] || {})));
    }

    // While one is under way another look is done after it: what it tells may be from before.
    function look() {
        if (document.hidden) return;
        if (looking) return void (again = true);
        looking = true;
        $.ajax({url: 'get_data.html', data: {dataSet: 'news', params: state.v}, dataType: 'text', timeout: 15000})
            .done(text => take(JSON.parse(text)))
            .fail(() => { goneSince = goneSince || new Date().toLocaleTimeString(texts.language); showNotice(); })
            .always(() => {
                looking = false;
                if (again) {
                    again = false;
                    look();
                }
            });
    }

    function take(news) {
        goneSince = '';
        show(merge(news));
        lookAgain();
    }

    function show(news) {
        showHead();
        showParts();
        for (const [name, tab] of Object.entries(tabs)) {
            stale[name] = new Set([...(stale[name] || []), ...news]);
            if (tab.badge) badge(name, tab.badge(state) || {});
        }
        showTab();
        tick();
    }

    function showTab() {
        const name = active(), news = stale[name];
        if (!tabs[name] || !news || !news.size) return;
        stale[name] = new Set();
        keeping(() => tabs[name].show?.(state, news));
    }

    // What the user has under his hands stays there: focus and selected text, although rows move.
    function keeping(change) {
        const focus = document.activeElement, selection = getSelection();
        const {anchorNode, anchorOffset, focusNode, focusOffset, isCollapsed} = selection;
        change();
        if (focus && focus !== document.body && focus !== document.activeElement && focus.isConnected)
            focus.focus({preventScroll: true});
        if (!isCollapsed && selection.isCollapsed && anchorNode.isConnected && focusNode.isConnected) {
            const most = node => node.nodeType === Node.TEXT_NODE ? node.length : node.childNodes.length;
            selection.setBaseAndExtent(anchorNode, Math.min(anchorOffset, most(anchorNode)), focusNode, Math.min(focusOffset, most(focusNode)));
        }
    }

    function showParts() {
        const there = {readout: !!state.readout, items: state.items.length > 0, results: state.head.count > 0,
            fresh: !!state.readout && state.fresh.length > 0, held: state.held.rows.length > 0, shapes: !!state.verdict.shapes,
            sessions: state.sessions.length > 0, failures: state.failures.length > 0};
        const seen = {...there, 'no-readout': !there.readout, 'no-items': !there.items, 'no-results': !there.results,
            'no-fresh': there.readout && !there.fresh};
        document.querySelectorAll('[data-when]').forEach(part => part.classList.toggle('shown', !!seen[part.dataset.when]));
    }

    function showHead() {
        const head = state.head;
        for (const name of ['meter', 'type', 'serial', 'line', 'port', 'last', 'next', 'cycle', 'success', 'power', 'clock', 'detail'])
            setText('head-' + name, head[name]).title = head[name];
        setText('head-status', head.status).className = head.kind;
        const bar = byId('head-progress');
        bar.hidden = !head.reading;
        bar.setAttribute('aria-valuenow', head.progress ?? 0);
        bar.firstChild.style.width = `${head.progress ?? 0}%`;
        const button = byId('dlms-read');
        button.setAttribute('aria-disabled', String(!!head.refusal));
        button.title = head.refusal;
    }

    // --- orders ---

    function post(url, button, done) {
        button.disabled = true;
        $.ajax({url, method: 'POST', dataType: 'json', headers: {'X-Requested-With': 'XMLHttpRequest'}}).done(answer => {
            say(answer.message);
            done(answer);
        }).fail(() => say(texts.no_answer)).always(() => { button.disabled = false; });
    }

    function readNow() {
        if (state.head.refusal) {
            say(state.head.refusal);
            awaited = {count: state.head.count, until: Date.now() + 5000};
            return lookAgain();
        }
        post('read', byId('dlms-read'), answer => {
            awaited = {count: state.head.count, until: Date.now() + (answer.ok ? 20000 : 5000)};
            lookAgain();
        });
    }

    // Done at once: what it changed is looked at, and the answer goes away by itself.
    const order = url => event => post(url, event.currentTarget, () => {
        awaited = {count: state.head.count, until: Date.now() + 5000};
        look();
    });

    // While a readout runs that was asked for here, the page looks more often than it does by itself.
    function lookAgain() {
        clearTimeout(soon);
        if (!awaited) return;
        if (state.head.reading) awaited.until = Date.now() + 5000;
        if (state.head.count !== awaited.count && !state.head.reading || Date.now() > awaited.until) {
            awaited = null;
            say('');
            return;
        }
        soon = setTimeout(look, SOON);
    }

    // --- tabs ---

    const pane = name => document.querySelector(`[data-tab="${name}"]`)?.closest('.tab-pane');
    const link = name => document.querySelector(`#webif-tabs a[href="#${pane(name)?.id}"]`);
    const active = () => document.querySelector('.tab-pane.active [data-tab]')?.dataset.tab;
    const open = name => $(link(name)).tab('show');

    function badge(name, {text = '', failed = false}) {
        const title = link(name);
        const mark = title.querySelector('.dlms-count') || title.appendChild(document.createElement('span'));
        mark.className = 'dlms-count' + (failed ? ' failed' : '');
        if (mark.textContent !== String(text)) mark.textContent = text;
    }

    // On a phone the tabs are a list that this button opens.
    function makeTabList() {
        const list = document.querySelector('#webif-tabs .nav-tabs'), button = document.createElement('button');
        list.id = 'dlms-tabs';
        button.id = 'dlms-tabs-button';
        button.type = 'button';
        button.setAttribute('aria-controls', list.id);
        const toggle = opened => {
            button.setAttribute('aria-expanded', String(opened));
            list.classList.toggle('opened', opened);
        };
        button.addEventListener('click', () => toggle(!list.classList.contains('opened')));
        document.addEventListener('click', event => list.parentNode.contains(event.target) || toggle(false));
        list.parentNode.insertBefore(button, list);
        list.addEventListener('click', () => toggle(false));
        $(list).on('shown.bs.tab', 'a', event => {
            button.textContent = event.target.firstChild.textContent;
        });
        toggle(false);
        button.textContent = list.querySelector('a.active').textContent;
        list.setAttribute('role', 'tablist');
        list.setAttribute('aria-label', texts.tabs);
        list.querySelectorAll('li').forEach(item => item.setAttribute('role', 'presentation'));
        list.querySelectorAll('a').forEach(title => {
            const body = document.querySelector(title.getAttribute('href'));
            title.setAttribute('role', 'tab');
            title.setAttribute('aria-controls', body.id);
            title.setAttribute('aria-selected', String(title.classList.contains('active')));
            title.id = `${body.id}_title`;
            body.setAttribute('aria-labelledby', title.id);
        });
    }

    // What the core's frame leaves to be said to a screen reader, and a zoom that it forbids.
    function mendFrame() {
        document.documentElement.lang = texts.language;
        document.querySelector('meta[name="viewport"][content*="maximum-scale"]')?.remove();
        byId('webif-navbar').setAttribute('role', 'banner');
        byId('webif-lowercontent').setAttribute('role', 'main');
        document.querySelectorAll('#webif-plugininfo :is(h3, h5, h6)').forEach(title => title.setAttribute('role', 'presentation'));
        for (const [id, text] of [['reload', texts.reload], ['close', texts.close]]) byId(id)?.setAttribute('aria-label', text);
        for (const id of ['update_active', 'update_interval']) byId(id)?.setAttribute('aria-label', byId(id).title);
    }

    // Dark where the core's page is.
    function followTheme() {
        const [red, green, blue, alpha] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
        const dark = alpha !== 0 && 0.299 * red + 0.587 * green + 0.114 * blue < 128;
        document.documentElement.classList.toggle('dlms-dark', dark);
    }

    // --- what the browser keeps, for this page of this tab ---

    const memory = name => `dlms ${location.pathname} ${name}`;
    const remembered = name => sessionStorage.getItem(memory(name)) || '';
    const remember = (name, value) => sessionStorage.setItem(memory(name), value);

    $(document).ready(() => {
        for (const element of document.querySelectorAll('.dlms-texts')) Object.assign(texts, JSON.parse(element.textContent));
        mendFrame();
        followTheme();
        new MutationObserver(followTheme).observe(document.documentElement, {attributes: true});
        new MutationObserver(followTheme).observe(document.body, {attributes: true, attributeFilter: ['class', 'data-theme', 'data-bs-theme']});
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', followTheme);
        makeTabList();
        const all = merge(JSON.parse(byId('dlms-state').textContent));
        for (const tab of Object.values(tabs)) tab.start?.();
        $('a[data-toggle="tab"]').on('shown.bs.tab', event => {
            window.activeTab = $(event.target).attr('href').slice(1);
            remember('tab', active());
            tabs[active()]?.opened?.();
            showTab();
            tick();
        });
        if (tabs[remembered('tab')] && link(remembered('tab'))) open(remembered('tab'));
        show(all);
        byId('dlms-read').addEventListener('click', readNow);
        byId('head-toggle').addEventListener('click', event => {
            const opened = byId('dlms-head').classList.toggle('opened');
            event.currentTarget.setAttribute('aria-expanded', String(opened));
        });
        document.addEventListener('visibilitychange', look);
        setInterval(tick, 1000);
    });

    // The core's script for tables trips over a window that gets its size, as a phone's does, before it knows the tab by its name.
    window.addEventListener('resize', event => typeof window.activeTab === 'string' || event.stopImmediatePropagation(), true);

    // The core's timer calls it; a page that nobody sees asks nothing.
    window.shngGetUpdatedData = look;
    window.handleUpdatedData = response => take(JSON.parse(response));

    return {
        tab: (name, tab) => { tabs[name] = tab; }, get state() { return state; },
        texts, byId, escape, html, fill, setText, ago, isOld, two, post, order, look, say, open, active, remember, remembered,
    };
})();
