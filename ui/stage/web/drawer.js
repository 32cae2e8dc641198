// A menu that is opened above the stage makes room for itself: it lies in a row across the page (frame.css), what is
// below moves down, and the stage is that much lower, so that nothing is covered of what the menu changes.

const MENUS = ".st-key-menus";
const OPEN = `${MENUS} [data-testid=stPopover] [aria-expanded=true]`;
const BODY = "[data-testid=stPopoverBody]";
const APART = 4; // px above and below

// The height that a stage has at least.
export const least = () => (document.documentElement.hasAttribute("data-drawer") ? 350 : 470);

export function makeRoom() {
  const page = document.documentElement;
  let menu = null;
  let pressed = false;
  const place = () => {
    const row = document.querySelector(MENUS);
    if (!menu || !row) return;
    const { bottom } = row.getBoundingClientRect();
    page.style.setProperty("--drawer-top", `${bottom + APART}px`);
    page.style.setProperty("--drawer", `${menu.offsetHeight + APART}px`);
  };
  const sizes = new ResizeObserver(place);
  const look = () => {
    const body = document.querySelector(OPEN) && document.querySelector(BODY);
    if (body === menu || (!body && pressed)) return; // what a click is meant for stays under the pointer until it is done
    sizes.disconnect();
    menu = body;
    page.toggleAttribute("data-drawer", Boolean(menu));
    if (!menu) return;
    place();
    sizes.observe(menu);
    sizes.observe(document.querySelector(MENUS));
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("scroll", place, true);
  for (const [name, down] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) {
    document.addEventListener(name, () => {
      pressed = down;
      if (!down) setTimeout(look);
    }, true);
  }
}
