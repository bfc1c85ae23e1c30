// Following a live room: an event stream says that there is another step, then its scene is fetched and shown.
// The page loses nobody: it connects again by itself, and takes the present step however late it comes.

import { elementOf } from "./parts.js";

const LOST = "Connection lost; trying again.";
const ENDED = "The live room has ended; this is its last view.";
const OVER = {
  unknown: "This live room has ended, or its code is not right.",
  full: "This live room is full.",
};
/** The server gives a sign of life at least every 25 seconds. */
const SILENT = 60_000;
const LONGEST_WAIT = 15_000;

const room = location.pathname.replace(/\/+$/, "").split("/").pop();
const at = (id) => document.getElementById(id);
const dark = window.matchMedia("(prefers-color-scheme: dark)");

let step = null; // the newest that the server has told of
let shown = null; // the address of the scene on the screen
let stream = null;
let silence = null;
let wait = 1000;

// The stream

function connect() {
  stream = new EventSource(`${encodeURIComponent(room)}/steps`);
  stream.addEventListener("step", (told) => {
    step = JSON.parse(told.data);
    alive();
    show();
  });
  stream.addEventListener("beat", alive);
  stream.addEventListener("over", (told) => end(told.data));
  stream.onerror = reconnect;
  listen();
}

/** A stream that dies without a word, as on a phone that slept, is noticed by its silence. */
function listen() {
  clearTimeout(silence);
  silence = setTimeout(reconnect, SILENT);
}

function alive() {
  wait = 1000;
  listen();
}

function reconnect() {
  stream.close();
  clearTimeout(silence);
  say(LOST);
  // Spread out, so that a thousand do not come back at the same moment.
  silence = setTimeout(connect, wait * (0.5 + Math.random()));
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

function end(why) {
  stream.close();
  clearTimeout(silence);
  const seen = shown !== null;
  say(seen && why !== "full" ? ENDED : OVER[why] ?? OVER.unknown);
  if (!seen) {
    at("title").textContent = "Live room";
    at("dashboard").hidden = false;
  }
}

// The scene

/** The layout of a stage that fits this window; a phone has the figure as a page has it. */
function layout() {
  const { innerWidth: width, innerHeight: height } = window;
  if (!step.stage || width < 700 || height < 480) return "page";
  return width / height > 1.55 ? "16x9" : "4x3";
}

async function show() {
  if (step === null) return;
  const address = `${encodeURIComponent(room)}/scene/${step.step}/${layout()}/${dark.matches ? "dark" : "light"}`;
  if (address === shown) return say(following);
  try {
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const scene = await answer.json();
    if (scene.step < step.step) return; // a newer one is under way
    shown = address;
    draw(scene);
  } catch {
    say(LOST);
    setTimeout(show, 2000);
  }
}

let drawn = [];
let following = "";

function draw(scene) {
  const waits = !scene.title;
  setText(at("title"), scene.title || "The presenter’s page is about to appear.");
  at("caption").textContent = scene.caption;
  at("synthetic").hidden = !scene.synthetic;
  at("explore").hidden = waits;
  at("explore").href = `../${scene.explore}`;
  document.title = `${scene.title || "Live room"} · PLRO`;
  document.body.classList.toggle("stage", scene.stage);
  drawn.forEach((part) => part.erase?.());
  drawn = scene.parts.map((part) => elementOf(part, scene)).filter(Boolean);
  at("parts").replaceChildren(...grouped(drawn));
  drawn.forEach((part) => part.draw?.());
  following = scene.leader ? `Following ${scene.leader} in a live room` : "Following a live room";
  say(drawn.length || waits ? following : `${following}; this page is not shown here, “Explore from here” opens it`);
  drawn.forEach((part) => part.fit?.());
}

/** Headline numbers stand beside one another. */
function grouped(parts) {
  const rows = [];
  for (const part of parts) {
    if (!part.classList.contains("number")) rows.push(part);
    else if (rows.at(-1)?.className === "numbers") rows.at(-1).append(part);
    else {
      const row = document.createElement("div");
      row.className = "numbers";
      row.append(part);
      rows.push(row);
    }
  }
  return rows;
}

/** A screen reader reads a title again only where it has changed. */
function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function say(words) {
  setText(at("state"), words);
  document.body.classList.toggle("lost", words === LOST);
}

window.addEventListener("resize", () => {
  drawn.forEach((part) => part.fit?.());
  show();
});
dark.addEventListener("change", show);
// A page that the browser has kept while another was looked at has lost its stream.
window.addEventListener("pageshow", (event) => event.persisted && reconnect());
window.addEventListener("pagehide", () => stream.close());

connect();
