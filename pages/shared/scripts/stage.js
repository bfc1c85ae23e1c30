/* The stage of present mode: the controls vanish while nobody moves, and the window's shape chooses the layout.
   Loaded once a window; does nothing where there is no stage. */
(() => {
  if (window.plroStage) return;
  window.plroStage = true;

  const AWAKE = 4000;
  /* Keys that step through the slides leave the screen clean. */
  const STEPS = /^(Arrow|Page|[1-9]$)/;
  const stage = () => document.querySelector('.st-key-present_stage');
  let timer = 0;
  let last = null;

  const busy = () =>
    matchMedia('(hover: none)').matches
    || document.querySelector('.st-key-present_bar :is(:focus-visible, [aria-expanded="true"]), [data-testid="stPopoverBody"]') !== null;

  const sleep = () => {
    if (!stage()) return;
    if (busy()) wake();
    else document.body.classList.add('plro-clean');
  };

  const wake = () => {
    document.body.classList.remove('plro-clean');
    clearTimeout(timer);
    timer = setTimeout(sleep, AWAKE);
  };

  document.addEventListener('mousemove', (event) => {
    const moved = last && Math.abs(event.screenX - last[0]) + Math.abs(event.screenY - last[1]) > 3;
    last = [event.screenX, event.screenY];
    if (moved) wake();
  }, true);
  document.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse') wake();
  }, true);
  document.addEventListener('focusin', (event) => {
    if (event.target.matches('.st-key-present_bar *')) wake();
  }, true);
  document.addEventListener('keydown', (event) => {
    if (!STEPS.test(event.key)) wake();
    /* Streamlit takes letters and digits for shortcuts, but no question mark. */
    if (event.key === '?' && stage() && !event.target.closest('input, textarea'))
      document.querySelector('.st-key-present_panel_keys button')?.click();
  }, true);

  /* Where the presenter has not chosen, a button that nobody sees tells the page that the window has the other shape. */
  const fit = () => {
    if (!stage()) {
      document.body.classList.remove('plro-clean');
      return;
    }
    const shape = innerWidth / innerHeight < 1.5 ? '4x3' : '16x9';
    document.querySelector(`.st-key-present_shape_${shape} button`)?.click();
  };
  addEventListener('resize', () => setTimeout(fit, 200));
  setInterval(fit, 1000);
  wake();
})();
