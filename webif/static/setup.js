// The tab for setting up. All that is shown is foreign text: it gets in as text, never as HTML.
'use strict';

(() => {
    const BUSY = 400, AIMING = 300, IDLE = 3000;     // ms between two looks
    const LOUD = 0.15, LOW = 180, HIGH = 1100;       // of the tone: gain, Hz
    let texts, state = {}, timer = null, looking = false, chosen = null, unticked = new Set(), sound = null, lock = null, said = 0, restarting = false;
    const {byId, fill, setText} = dlms;

    function element(name, text = '', attributes = {}) {
        const made = document.createElement(name);
        made.textContent = text;
        for (const [key, value] of Object.entries(attributes)) key in made ? made[key] = value : made.setAttribute(key, value);
        return made;
    }

    // --- asking ---

    const isOpen = () => dlms.active() === 'setup' && !document.hidden;
    const headers = () => ({'X-Requested-With': 'XMLHttpRequest', 'X-Dlms-Token': texts.token});

    async function look(parts = '') {
        clearTimeout(timer);
        if (looking) return;
        looking = true;
        const answer = await fetch(`setup/state?parts=${parts}`, {headers: headers(), cache: 'no-store'})
            .then(response => response.ok ? response.json() : null, () => null);
        looking = false;
        if (answer) {
            if (restarting) location.reload();
            const before = state;
            state = {...state, ...answer};
            if (byId('setup-answer').dataset.lost) say('');
            show(before);
        } else if (!restarting) {
            say(texts.no_answer, true);
        }
        plan();
    }

    function plan() {
        clearTimeout(timer);
        if (!isOpen()) return;
        const task = state.task, waits = state.written && !(state.written.read || state.written.error);
        const ms = task?.running ? (task.kind === 'aim' ? AIMING : BUSY) : waits || restarting ? 2 * BUSY : IDLE;
        timer = setTimeout(() => look(ms === IDLE ? 'ports' : waits ? 'preview,items' : ''), ms);
    }

    async function post(url, values, button) {
        if (button) button.disabled = true;
        say('');
        const answer = await fetch(`setup/${url}`, {method: 'POST', headers: headers(), body: new URLSearchParams(values)})
            .then(async response => JSON.parse(await response.text()), () => null).catch(() => null);
        if (button) button.disabled = false;
        if (!answer?.ok) say(answer?.message || texts.no_answer);
        return !!answer?.ok;
    }

    function say(text, lost = false) {
        setText('setup-answer', text).dataset.lost = lost ? 'yes' : '';
    }

    // --- ports ---

    const isUrl = port => port.includes('://');
    const portOf = () => chosen === null ? '' : chosen === 'url' ? byId('setup-url').value.trim() : chosen;
    const anyway = () => document.querySelector(`.setup-port[data-port="${CSS.escape(chosen ?? '')}"] .anyway`)?.checked ? 'yes' : '';

    let shownPorts = '';

    function showPorts() {
        const ports = state.ports;
        if (!ports) return;
        if (chosen === null) {
            const free = ports.filter(port => !port.notes.length);
            chosen = (ports.find(port => port.own) || (free.length === 1 ? free[0] : null))?.id ?? null;
        }
        const known = JSON.stringify(ports);
        if (known === shownPorts) return;
        shownPorts = known;
        const ticked = new Set([...document.querySelectorAll('.anyway:checked')].map(box => box.closest('.setup-port').dataset.port));
        const focused = document.activeElement?.id;
        byId('setup-ports').replaceChildren(...ports.map((port, number) => portRow(port, number, ticked.has(port.id))));
        if (!ports.length) byId('setup-ports').append(element('p', texts.none, {className: 'dlms-hint'}));
        if (focused) byId(focused)?.focus();
    }

    function portRow(port, number, ticked) {
        const row = element('div', '', {className: 'setup-row setup-port'}), id = `setup-port-${number}`;
        row.dataset.port = port.id;
        const radio = element('input', '', {type: 'radio', name: 'setup-port', id, value: port.id, checked: chosen === port.id});
        radio.addEventListener('change', () => { chosen = port.id; });
        const label = element('label', port.device, {htmlFor: id});
        for (const text of [port.adapter, port.id !== port.device ? port.id : '']) if (text) label.append(element('small', text));
        row.append(radio, label, ...port.notes.map(note => element('span', note, {className: 'note'})));
        if (port.users) {
            const box = element('input', '', {type: 'checkbox', className: 'anyway', id: `${id}-anyway`, checked: ticked});
            row.append(box, element('label', texts.anyway, {htmlFor: `${id}-anyway`}));
        }
        return row;
    }

    // --- the whole tab ---

    function show(before) {
        showPorts();
        showTask();
        showFound();
        showPreview();
        showItems();
        // what has come to an end leaves something to be looked at
        const changed = name => JSON.stringify(before[name] ?? null) !== JSON.stringify(state[name]);
        if ('found' in before && (changed('found') || changed('written'))) setTimeout(() => look('preview,items'), 0);
    }

    function showTask() {
        const task = state.task, searching = task?.kind === 'search' && task.running, aiming = task?.kind === 'aim' && task.running;
        for (const id of ['setup-search', 'setup-aim']) byId(id).disabled = !!task?.running;
        setText('setup-search', task?.kind === 'search' && !task.running ? texts.again : texts.search);
        byId('setup-stop-search').hidden = !searching;
        byId('setup-stop-aim').hidden = !aiming;
        setText('setup-left', searching ? task.left || task.waits : '');
        setText('aim-left', aiming ? task.waits || task.left : '');
        if (task?.kind === 'search') {
            showSteps(task.steps);
            setText('setup-result', task.running || state.found && !task.end ? '' : outcome(task));
        }
        byId('setup-gauge').hidden = task?.kind !== 'aim' || !!task.finding && !task.curve.length;
        if (task?.kind === 'aim') showGauge(task);
        if (!aiming) quiet();
    }

    const outcome = task => task.finding ? `${task.finding.text}\n${task.finding.remedy}` : task.end;

    function showSteps(steps) {
        byId('setup-steps').replaceChildren(...steps.map(step => {
            const line = element('li', step.text, {className: step.kind});
            if (step.note) line.append(element('small', step.note));
            return line;
        }));
    }

    function showFound() {
        const found = state.found;
        byId('setup-found').hidden = !found;
        if (!found) return;
        setText('found-meter', [found.meter, found.number].filter(Boolean).join(', '));
        setText('found-about', [`${found.way}, ${found.line}, ${found.count}`, found.battery].filter(Boolean).join('\n'));
        setText('found-lines', found.lines.join('\n'));
    }

    // --- aligning ---

    function showGauge(task) {
        const percent = task.percent, gauge = byId('setup-gauge');
        gauge.className = percent === null ? 'gauge-none' : percent < 75 ? 'gauge-bad' : percent < 99 ? 'gauge-fair' : 'gauge-good';
        setText('gauge-figure', percent === null ? '–' : `${percent} %`);
        const bar = byId('gauge-bar');
        bar.setAttribute('aria-valuenow', percent ?? 0);
        bar.setAttribute('aria-valuetext', percent === null ? texts.nothing : `${percent} %`);
        bar.firstElementChild.style.width = `${percent ?? 0}%`;
        setText('gauge-characters', percent === null ? texts.nothing : fill(texts.characters, {count: task.characters}));
        setText('gauge-best', fill(texts.best, {percent: task.best}));
        setText('gauge-asks', task.asks);
        byId('gauge-curve').firstElementChild.setAttribute('d', path(task.curve));
        setText('aim-result', task.running ? '' : outcome(task));
        if (task.running) play(percent);
        if (Date.now() - said > 5000 && task.running) {
            said = Date.now();
            setText('gauge-said', percent === null ? texts.nothing : fill(texts.percent, {percent}));
        }
    }

    // The last minute from left to right; where nothing was heard there is no line.
    function path(curve) {
        let down = false;
        return curve.map(([seconds, percent]) => {
            if (percent === null) { down = false; return ''; }
            const point = `${down ? 'L' : 'M'}${(600 + 10 * seconds).toFixed(1)} ${(115 - 1.1 * percent).toFixed(1)}`;
            down = true;
            return point;
        }).join('');
    }

    function play(percent) {
        if (!sound) return;
        const now = sound.context.currentTime;
        sound.tone.frequency.setTargetAtTime(LOW * (HIGH / LOW) ** ((percent ?? 0) / 100), now, 0.05);
        sound.gain.gain.setTargetAtTime(percent === null ? 0 : LOUD, now, 0.03);
    }

    function quiet() {
        if (sound) sound.gain.gain.setTargetAtTime(0, sound.context.currentTime, 0.03);
        lock?.release().catch(() => {});
        lock = null;
    }

    function toggleSound() {
        if (sound) {
            sound.context.close();
            sound = null;
        } else {
            const context = new AudioContext(), tone = context.createOscillator(), gain = context.createGain();
            gain.gain.value = 0;
            tone.connect(gain).connect(context.destination);
            tone.start();
            sound = {context, tone, gain};
        }
        byId('setup-sound').setAttribute('aria-pressed', String(!!sound));
        setText('setup-sound', sound ? texts.sound_off : texts.sound_on);
    }

    // Browsers keep the screen on for https and localhost only.
    async function stayAwake() {
        lock = await navigator.wakeLock?.request('screen').catch(() => null) ?? null;
    }

    // --- etc/plugin.yaml ---

    function showPreview() {
        const preview = state.found ? state.preview : null, written = state.written;
        byId('setup-use').hidden = !preview && !written;
        if (preview) {
            setText('use-path', preview.path);
            const kinds = {'+': 'plus', '-': 'minus'};
            byId('use-difference').replaceChildren(...preview.difference.map(line => element('div', line, {className: kinds[line[0]] || ''})));
            byId('use-difference').hidden = !preview.difference.length;
            byId('use-problem').hidden = !preview.problem;
            setText('use-why', preview.problem);
            byId('use-section').value = preview.section;
        }
        const same = preview && !preview.difference.length && !preview.problem;
        byId('setup-write').hidden = !preview || !!preview.problem || same;
        setText('use-result', written ? writtenText(written) : same ? texts.unchanged : '');
    }

    function writtenText(written) {
        if (written.reloaded === null) return texts.reloading;
        return [fill(texts.reloaded, written), written.error || (written.read ? texts.read : texts.reading)].join('\n');
    }

    async function copySection() {
        const area = byId('use-section');
        let done = navigator.clipboard && window.isSecureContext && await navigator.clipboard.writeText(area.value).then(() => true, () => false);
        if (!done) {
            area.select();
            done = document.execCommand('copy');
        }
        say(done ? texts.copied : texts.not_copied);
    }

    // --- items ---

    let shownItems = '';

    function showItems() {
        const items = state.items;
        byId('setup-items').hidden = !items || !items.rows.length && !items.written;
        if (!items) return;
        setText('items-file', fill(texts.file, items));
        setText('items-result', restarting ? texts.restarting : items.written ? fill(texts.written, {file: items.written}) : '');
        byId('setup-undo').hidden = !items.written;
        byId('setup-restart').hidden = !items.written || !items.can_restart;
        for (const id of ['setup-write-items', 'items-tree']) byId(id).hidden = !!items.written;
        byId('items-file').parentNode.hidden = !!items.written;
        const known = JSON.stringify(items.rows);
        if (known === shownItems) return;
        shownItems = known;
        let branch = '';
        byId('items-tree').replaceChildren(...items.rows.flatMap((row, number) => {
            const above = row.id.split('.').slice(0, -1).join('.'), head = above === branch ? [] : [element('div', above, {className: 'branch'})];
            branch = above;
            return [...head, itemRow(row, number)];
        }));
    }

    function itemRow(row, number) {
        const line = element('div', '', {className: 'setup-row'}), id = `setup-item-${number}`;
        const box = element('input', '', {type: 'checkbox', id, value: row.id, checked: !row.exists && !unticked.has(row.id), disabled: row.exists});
        box.addEventListener('change', () => box.checked ? unticked.delete(row.id) : unticked.add(row.id));
        const label = element('label', row.id.split('.').at(-1), {htmlFor: id});
        label.append(element('small', [row.remark, row.code, row.exists ? texts.exists : ''].filter(Boolean).join(' · ')));
        line.append(box, label);
        return line;
    }

    // --- what is pressed ---

    const on = (id, done) => byId(id).addEventListener('click', event => done(event.currentTarget));

    function wire() {
        on('setup-search', async button => await post('search', {port: portOf(), anyway: anyway()}, button) && look());
        on('setup-aim', async button => {
            await stayAwake();
            if (await post('aim', {port: portOf(), way: byId('setup-way').value, anyway: anyway()}, button)) look();
        });
        for (const id of ['setup-stop-search', 'setup-stop-aim']) on(id, async button => { await post('stop', {}, button); look(); });
        on('setup-sound', toggleSound);
        on('setup-write', async button => { await post('write', {digest: state.preview.digest}, button); look('preview'); });
        on('use-copy', copySection);
        on('setup-write-items', async button => {
            const paths = [...document.querySelectorAll('#items-tree input:checked')].map(box => box.value);
            await post('items', {paths: JSON.stringify(paths)}, button);
            look('items');
        });
        on('setup-undo', async button => { await post('undo', {}, button); look('items'); });
        on('setup-restart', async button => {
            if (!await post('restart', {}, button)) return;
            restarting = true;
            setText('items-result', texts.restarting);
            setTimeout(() => look(), 5000);
        });
        byId('setup-url').addEventListener('focus', () => { byId('setup-url-radio').checked = true; chosen = 'url'; });
        byId('setup-url-radio').addEventListener('change', () => { chosen = 'url'; });
        document.addEventListener('visibilitychange', () => isOpen() && look('ports'));
    }

    dlms.tab('setup', {
        start() {
            texts = JSON.parse(byId('setup-texts').textContent);
            byId('setup-awake').hidden = 'wakeLock' in navigator;
            wire();
            if (isOpen()) look('ports,preview,items');
        },
        opened() { look('ports,preview,items'); },
    });
})();
