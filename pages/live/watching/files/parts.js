// The parts of a scene as elements. Every text is set as text; a figure's own markup is Plotly's business.

/** An element with properties, attributes (those with a dash, and role) and children. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || ["role", "scope"].includes(name)) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

const paragraphs = (texts, className) => texts.map((text) => element("p", { className, textContent: text }));

const HANDLERS = {
  heading: (part) => element("h2", { className: "section", textContent: part.text }),
  text: (part) => element("p", { textContent: part.text }),
  caption: (part) => element("p", { className: "quiet", textContent: part.text }),
  caveat: (part) => element("p", { className: "caveat", textContent: part.text }),
  number: (part) =>
    element(
      "p",
      { className: "number" },
      element("span", { className: "label", textContent: part.label }),
      element("strong", { textContent: part.value }),
      element("span", { className: "quiet", textContent: part.detail }),
    ),
  table: (part) => element("section", {}, element("h2", { textContent: part.title }), ...table(part)),
  figure,
};

/** The element of a part; figures are drawn into it later, once it stands in the page. */
export function elementOf(part, scene) {
  const make = HANDLERS[part.kind];
  return make ? make(part, scene) : null;
}

/** A table that scrolls sideways within its frame, the first column staying in sight, with its notes. */
function table(part) {
  const head = part.columns.map((column) =>
    element("th", { scope: "col", className: column.number ? "n" : "", textContent: column.heading }),
  );
  const rows = part.rows.map((row) =>
    element(
      "tr",
      {},
      ...row.map((cell, place) =>
        place
          ? element("td", { className: part.columns[place].number ? "n" : "", textContent: cell })
          : element("th", { scope: "row", className: part.columns[0].number ? "n" : "", textContent: cell }),
      ),
    ),
  );
  const grid = element(
    "table",
    { "aria-label": part.title },
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows),
  );
  return [
    ...paragraphs(part.subtitle ? [part.subtitle] : [], "quiet"),
    element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": part.title }, grid),
    ...paragraphs([part.left, ...part.notes].filter(Boolean), "note"),
  ];
}

/** A figure with its title, who is drawn, caveats and notes, and all of it as text. */
function figure(part, scene) {
  const plot = element("div", { className: "plot", role: "img", "aria-label": part.summary });
  plot.style.height = `${part.height}px`;
  if (part.width) plot.style.width = `${part.width}px`;
  const texts = element(
    "details",
    { className: "as-text" },
    element("summary", { textContent: "As text" }),
    element("p", { textContent: part.summary }),
    ...(part.table.rows.length ? table({ ...part.table, notes: [], subtitle: "" }) : []),
  );
  const made = element(
    "figure",
    { "aria-label": part.title },
    scene.stage ? null : element("h2", { textContent: part.title }),
    scene.stage || !part.who ? null : element("p", { className: "quiet", textContent: part.who }),
    ...paragraphs(scene.stage ? [] : part.caveats, "caveat"),
    element("div", { className: "room" }, plot),
    ...paragraphs(scene.stage ? part.caveats : [], "caveat"),
    ...paragraphs(part.notes, "note"),
    texts,
  );
  made.draw = () => window.Plotly.newPlot(plot, part.data, part.layout, { ...scene.config, responsive: !part.width });
  made.erase = () => window.Plotly.purge(plot);
  made.fit = () => part.width && fit(made, plot, part);
  return made;
}

/** Enlarge or shrink a figure of a stage as a whole, so that it fills what title, caveats and footer leave of the window. */
function fit(made, plot, part) {
  const room = plot.parentElement;
  const caveats = [...made.querySelectorAll(".caveat")].reduce((sum, caveat) => sum + caveat.offsetHeight + 8, 0);
  const top = room.getBoundingClientRect().top + window.scrollY;
  const footer = document.querySelector("footer").offsetHeight;
  const spare = Math.max(window.innerHeight - top - caveats - footer - 12, window.innerHeight / 2);
  const scale = Math.min(room.clientWidth / part.width, spare / part.height);
  plot.style.transform = `scale(${scale})`;
  plot.style.marginLeft = `${Math.max(0, (room.clientWidth - part.width * scale) / 2)}px`;
  room.style.height = `${part.height * scale}px`;
}
