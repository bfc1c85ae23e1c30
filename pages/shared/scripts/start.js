/* The tour of a first visit and the key that lists the keys. Loaded once a window.
   That a reader has left the tour is kept in the browser alone, as one word; nothing of a registry is kept. */
(() => {
  if (window.plroStart) return;
  window.plroStart = true;

  const LEFT = 'plro-tour-left';
  const left = () => {
    try { return localStorage.getItem(LEFT) !== null; } catch { return false; }
  };
  const leave = () => {
    try { localStorage.setItem(LEFT, 'yes'); } catch { /* a browser that keeps nothing shows the tour again */ }
  };

  /* A first visit asks for the tour by the button that anybody can press; a link that asks for something is left alone. */
  const first = !left() && location.search === '' && location.pathname.endsWith('/');
  let tries = first ? 20 : 0;
  const begin = () => {
    const button = document.querySelector('.st-key-tour_open button');
    if (button) button.click();
    else if (--tries > 0) setTimeout(begin, 250);
  };
  if (tries) begin();

  document.addEventListener('click', (event) => {
    if (event.target.closest('.st-key-tour_leave button')) leave();
  }, true);

  document.addEventListener('keydown', (event) => {
    /* Streamlit takes letters and digits for shortcuts, but no question mark. */
    if (event.key !== '?' || event.target.closest('input, textarea, [contenteditable]')) return;
    document.querySelector('.st-key-keys_open button')?.click();
  }, true);
})();
