"use strict";
// What every page needs. Every text goes into text nodes; nothing is parsed as HTML.

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
const byId = (id) => document.getElementById(id);
const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
function seconds(value) {
  if (!value) return "";
  return value < 1 ? `${Math.round(value * 1000)} ms` : value < 60 ? `${value.toFixed(1)} s` : `${Math.round(value / 60)} min`;
}

function startTheme() {
  const button = byId("theme");
  const root = document.documentElement;
  const kept = { get: () => { try { return localStorage.getItem("codeeval-theme"); } catch { return null; } }, set: (value) => { try { localStorage.setItem("codeeval-theme", value); } catch { /* a page from a file may have no storage */ } } };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme; else { theme = "system"; delete root.dataset.theme; }
    button.replaceChildren(make("span", {}, "Theme: "), theme);
    return theme;
  };
  let theme = apply(kept.get());
  button.addEventListener("click", () => { theme = apply({ system: "dark", dark: "light", light: "system" }[theme]); kept.set(theme); });
}

// Follow a stream of the server's events; a page from a file has none.
function follow(address, handlers) {
  const source = new EventSource(address);
  const lost = (hidden) => { const note = byId("lost"); if (note) note.hidden = hidden; };
  source.addEventListener("open", () => lost(true));
  source.addEventListener("error", () => lost(false));
  for (const [name, handler] of Object.entries(handlers)) source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
  window.addEventListener("pagehide", () => source.close());
}

startTheme();
