/* A table goes to the clipboard as a table: for a word processor with its rules, for a spreadsheet in columns; and a number that
   leads to its cells is followed without loading the page anew. Loaded once a window. */
(() => {
  if (window.plroCopy) return;
  window.plroCopy = true;

  const RULE = 'solid #000000';
  /* What a spreadsheet would take for a formula gets a quote before it, as in every file that leaves. */
  const guarded = (text) => (/^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text);
  const plain = (part) => part.textContent.replace(/\s+/g, ' ').trim();

  /* The text of a cell as pieces of text and marks that stand high. */
  const pieces = (part) => [...part.childNodes].flatMap((node) => {
    if (node.nodeName === 'SUP') return [{ high: true, text: plain(node) }];
    if (node.nodeName === 'BR') return [{ high: false, text: ' ' }];
    return node.childNodes.length ? pieces(node) : [{ high: false, text: node.textContent.replace(/\s+/g, ' ') }];
  });
  const hidden = (part) => part.closest('[hidden], [aria-hidden="true"]') !== null;

  const words = (cell) =>
    guarded(pieces(cell).map((piece) => (piece.high ? ` [${piece.text}]` : piece.text)).join('').trim());

  const filled = (made, cell) => {
    const told = pieces(cell);
    if (guarded(plain(cell)) !== plain(cell)) made.append("'");
    for (const piece of told) {
      if (!piece.high) made.append(piece.text);
      else made.append(Object.assign(document.createElement('sup'), { textContent: piece.text }));
    }
    return made;
  };

  const looks = (row, cell, first, lastHead, last) => {
    const style = ['padding:1pt 8pt 1pt 0', 'vertical-align:top', 'font-weight:' + (row.parentNode.nodeName === 'THEAD' ? 'bold' : 'normal')];
    const numeric = /(^|\s)(n|number)(\s|$)/.test(cell.className) || getComputedStyle(cell).textAlign === 'right';
    style.push(`text-align:${cell.colSpan > 1 ? 'center' : numeric ? 'right' : 'left'}`);
    if (row === first) style.push(`border-top:1.5pt ${RULE}`);
    if (row === lastHead || (cell.colSpan > 1 && plain(cell))) style.push(`border-bottom:0.75pt ${RULE}`);
    if (row === last) style.push(`border-bottom:1.5pt ${RULE}`);
    const deeper = { one: 12, two: 24 }[row.className];
    if (deeper && cell.cellIndex === 0) style.push(`padding-left:${deeper}pt`);
    if (!/^\d+(\.\d+)?$/.test(plain(cell))) style.push("mso-number-format:'\\@'");
    return style.join(';');
  };

  const rich = (table, below) => {
    const made = document.createElement('table');
    made.setAttribute('style', 'border-collapse:collapse;font-family:"Times New Roman",serif;font-size:10pt');
    if (table.caption) {
      const caption = filled(document.createElement('caption'), table.caption);
      caption.setAttribute('style', 'text-align:left;caption-side:top');
      made.append(caption);
    }
    const rows = [...table.rows];
    const lastHead = table.tHead?.rows[table.tHead.rows.length - 1];
    for (const part of table.children) {
      if (!['THEAD', 'TBODY'].includes(part.nodeName)) continue;
      const group = document.createElement(part.nodeName);
      for (const row of part.rows) {
        const line = document.createElement('tr');
        for (const cell of row.cells) {
          const copy = filled(document.createElement(part.nodeName === 'THEAD' ? 'th' : 'td'), cell);
          if (cell.colSpan > 1) copy.colSpan = cell.colSpan;
          copy.setAttribute('style', looks(row, cell, rows[0], lastHead, rows[rows.length - 1]));
          line.append(copy);
        }
        group.append(line);
      }
      made.append(group);
    }
    const notes = below.map((note) => {
      const told = filled(document.createElement('p'), note);
      told.setAttribute('style', 'margin:2pt 0;font-family:"Times New Roman",serif;font-size:8pt');
      return told.outerHTML;
    });
    return made.outerHTML + notes.join('');
  };

  const tabbed = (table, below) => {
    const rows = [...table.rows].map((row) =>
      [...row.cells].flatMap((cell) => [words(cell), ...Array(cell.colSpan - 1).fill('')]).join('\t'));
    const caption = table.caption ? [words(table.caption)] : [];
    return [...caption, ...rows, ...below.map(words)].join('\r\n');
  };

  const copy = (table, below) => {
    const give = (event) => {
      event.clipboardData.setData('text/html', rich(table, below));
      event.clipboardData.setData('text/plain', tabbed(table, below));
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    /* The command wants something that is selected, and works without HTTPS, which the newer interface does not. */
    const chosen = getSelection();
    const before = [...Array(chosen.rangeCount).keys()].map((place) => chosen.getRangeAt(place));
    chosen.selectAllChildren(table);
    document.addEventListener('copy', give, { capture: true, once: true });
    const done = document.execCommand('copy');
    document.removeEventListener('copy', give, { capture: true });
    chosen.removeAllRanges();
    before.forEach((range) => chosen.addRange(range));
    return done;
  };

  const say = (button, text) => {
    const place = button.closest('[class*="st-key-copy_"]');
    place.querySelector('.plro-copied')?.remove();
    const told = Object.assign(document.createElement('span'), { className: 'plro-copied', textContent: text });
    told.setAttribute('role', 'status');
    place.append(told);
    setTimeout(() => told.remove(), 4000);
  };

  /* The server marks a click once it has written down that the table leaves. A browser that has forgotten the click by then lets
     the next one copy. */
  const owed = new WeakMap();
  const give = (whole, button) => {
    const table = [...whole.querySelectorAll('table')].find((found) => !hidden(found));
    if (!table || !button) return;
    const done = copy(table, [...whole.querySelectorAll('.plro-below p')]);
    if (done) owed.delete(whole);
    else owed.set(whole, button);
    say(button, done ? 'Copied' : 'Click once more to copy');
  };
  let seen = '';
  new MutationObserver(() => {
    const mark = document.querySelector('.plro-leaves');
    if (!mark || mark.dataset.click === seen) return;
    seen = mark.dataset.click;
    const whole = mark.closest('[class*="st-key-table_"]');
    if (whole) give(whole, whole.querySelector('[class*="st-key-copy_"] button'));
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-click'] });

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[class*="st-key-copy_"] button');
    const whole = button?.closest('[class*="st-key-table_"]');
    if (!whole || !owed.has(whole)) return;
    event.preventDefault();
    event.stopPropagation();
    give(whole, button);
  }, true);

  /* The browser's history is what Streamlit listens to; without this script the link loads the page. */
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a.plro-cell');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState({}, '', link.href);
    dispatchEvent(new PopStateEvent('popstate', { state: {} }));
  }, true);
})();
