// Following a live room: an event stream brings the scene of each step, and it is shown.
// The page loses nobody: it connects again by itself, and is given the present scene however late it comes.

import { elementOf } from "./parts.js";

const LOST = "Connection lost; trying again.";
const ENDED = "The live room has ended; this is its last view.";
const TOO_OLD = "This browser is too old to watch a live room; a current one is needed.";
const BROKEN = "This step could not be drawn; the next one will be shown.";
const OVER = {
  unknown: "This live room has ended, its code is not right, or you may not watch it.",
  full: "This live room is full.",
  tries: "Too many codes of live rooms were tried; this page tries again in a minute.",
};
/** The server gives a sign of life at least every 25 seconds. */
const SILENT = 60_000;
const LONGEST_WAIT = 15_000;

const room = encodeURIComponent(location.pathname.replace(/\/+$/, "").split("/").pop());
const at = (id) => document.getElementById(id);
const dark = window.matchMedia("(prefers-color-scheme: dark)");

let stream = null;
let asked = ""; // the layout and look that the stream brings
let silence = null;
let wait = 1000;
let shown = false; // whether a scene has been seen

// The stream

/** The layout of a stage that fits this window; a phone has the figure as a page has it. */
function layoutOfWindow() {
  const { innerWidth: width, innerHeight: height } = window;
  if (width < 700 || height < 480) return "page";
  return width / height > 1.55 ? "16x9" : "4x3";
}

const wanted = () => `${layoutOfWindow()}/${dark.matches ? "dark" : "light"}`;

function connect() {
  stream?.close();
  asked = wanted();
  stream = new EventSource(`${room}/steps/${asked}`);
  stream.addEventListener("scene", receive);
  stream.addEventListener("beat", alive);
  stream.addEventListener("broken", () => alive(say(BROKEN)));
  stream.addEventListener("over", (told) => end(told.data));
  stream.onerror = reconnect;
  listen();
}

async function receive(told) {
  const from = stream;
  alive();
  const packed = Uint8Array.from(atob(told.data), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const scene = await new Response(unpacked).json();
  if (from === stream) draw(scene);
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
  if (why === "tries") {
    say(OVER.tries);
    silence = setTimeout(connect, SILENT * (1 + Math.random()));
    return;
  }
  say(shown && why !== "full" ? ENDED : OVER[why] ?? OVER.unknown);
  at("dashboard").hidden = shown;
}

// The scene

let drawn = [];

function draw(scene) {
  shown = true;
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
  const following = scene.leader ? `Following ${scene.leader} in a live room` : "Following a live room";
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

/** Another window or theme may need the figure in another layout or look. */
function adapt() {
  drawn.forEach((part) => part.fit?.());
  if (stream?.readyState === EventSource.OPEN && wanted() !== asked) connect();
}

window.addEventListener("resize", adapt);
dark.addEventListener("change", adapt);
// A page that the browser has kept while another was looked at has lost its stream.
window.addEventListener("pageshow", (event) => event.persisted && connect());
window.addEventListener("pagehide", () => stream?.close());

if ("DecompressionStream" in window) connect();
else say(TOO_OLD);
