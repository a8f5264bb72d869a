// What others will see of a recording, before it is downloaded.
'use strict';

document.addEventListener('DOMContentLoaded', () => {
    const byId = id => document.getElementById(id), dialog = byId('dlms-masked'), text = byId('masked-text'), word = byId('masked-word');
    let key = '', words = [], asked = 0;

    async function show() {
        const query = new URLSearchParams([['key', key], ...words.map(each => ['words', each])]), number = ++asked;
        const answer = await fetch('session_masked?' + query);
        if (!answer.ok || number !== asked) return;
        text.textContent = JSON.parse(await answer.text()).text;
        byId('masked-download').href = `session.jsonl?numbers=masked&${query}`;
        if (!dialog.open) dialog.showModal();
    }

    document.addEventListener('click', event => {
        const link = event.target.closest('a.record[href*="numbers=masked"]');
        if (!link) return;
        event.preventDefault();
        [key, words] = [new URL(link.href).searchParams.get('key'), []];
        show();
    });
    text.addEventListener('mouseup', () => {
        const marked = String(getSelection()).trim();
        if (marked && !marked.includes('\n')) word.value = marked;
    });
    byId('masked-form').addEventListener('submit', event => {
        event.preventDefault();
        if (word.value.trim()) words.push(word.value.trim());
        word.value = '';
        show();
    });
    // Without https there is no clipboard but that of a selection.
    byId('masked-copy').addEventListener('click', () => {
        getSelection().selectAllChildren(text);
        document.execCommand('copy');
    });
    byId('masked-close').addEventListener('click', () => dialog.close());
});
