/* What is wider than the screen is moved sideways; it can be reached, and so moved, by keyboard, too. Loaded once a window. */
(() => {
  if (window.plroScroll) return;
  window.plroScroll = true;

  const WIDE = '[class*="st-key-wide_"], [data-testid="stTable"] div:has(> table)';
  const look = () => {
    for (const part of document.querySelectorAll(WIDE)) {
      const moves = part.scrollWidth > part.clientWidth;
      if (moves && !part.hasAttribute('tabindex')) part.tabIndex = 0;
      else if (!moves) part.removeAttribute('tabindex');
    }
  };

  let timer = 0;
  const soon = () => { clearTimeout(timer); timer = setTimeout(look, 100); };
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  addEventListener('resize', soon);
  soon();
})();
