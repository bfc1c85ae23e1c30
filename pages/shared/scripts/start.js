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

  if (!left()) document.body.classList.add('plro-first-visit');

  document.addEventListener('click', (event) => {
    if (!event.target.closest('.st-key-tour_leave button')) return;
    leave();
    document.body.classList.remove('plro-first-visit');
  }, true);

  document.addEventListener('keydown', (event) => {
    /* Streamlit takes letters and digits for shortcuts, but no question mark. */
    if (event.key !== '?' || event.target.closest('input, textarea, [contenteditable]')) return;
    document.querySelector('.st-key-keys_open button')?.click();
  }, true);
})();
