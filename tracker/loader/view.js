// The doctor's report for eyes and screen readers: over any page, or inside one of ours. It is built of elements in a shadow
// root with a constructed style sheet, so that it needs nothing of a page's policy and no style gets in or out.

import { STYLE } from "./view/style.js";

const WORDS = { problem: "Problem", note: "Note", ok: "Fine" };
const SIGNS = { problem: "!", note: "i", ok: "✓" };
const ORDER = Object.keys(WORDS);

let sheet;
const styled = (host, mode) => {
  const root = host.attachShadow({ mode: "open" });
  sheet ??= new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  host.dataset.rocketDoctor = mode;
  return root;
};

const el = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
};

/** Text in which backticks stand around code. */
const inline = (text) => text.split("`").map((part, n) => (n % 2 ? el("code", {}, part) : part));

/** Lines become paragraphs, and those that begin with a dash a list. */
const blocks = (text) => {
  const made = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("- ")) {
      made.push(el("p", {}, ...inline(line)));
      continue;
    }
    // A list without bullets is none to some screen readers unless it says so.
    if (made.at(-1)?.localName !== "ul") made.push(el("ul", { role: "list" }));
    made.at(-1).append(el("li", {}, ...inline(line.slice(2))));
  }
  return made;
};

const count = (checks, state) => checks.filter((check) => check.state === state).length;

/** `1 problem, 2 notes, 7 fine` */
export const summary = ({ checks }) => {
  const [problems, notes, fine] = ORDER.map((state) => count(checks, state));
  const parts = [problems && `${problems} ${problems === 1 ? "problem" : "problems"}`, notes && `${notes} ${notes === 1 ? "note" : "notes"}`, fine && `${fine} fine`];
  return parts.filter(Boolean).join(", ") || "No answers";
};

const card = ({ id, question, state, answer, todo }) =>
  el(
    "li",
    { class: `check ${state}`, "data-check": id },
    el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[state]),
    el("div", { class: "body" }, el("h3", {}, question, " ", el("span", { class: "state" }, WORDS[state])), ...blocks(answer), ...(todo ? [el("div", { class: "todo" }, el("h4", {}, "What to do"), ...blocks(todo))] : [])),
  );

/** What is wrong comes first. */
const sorted = ({ checks }) => [...checks].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));

const list = (report) => el("ol", { class: "checks", role: "list" }, ...sorted(report).map(card));

/** For a letter to whoever helps. */
export const asText = (report) =>
  [
    `RocketTracker on ${location.origin + location.pathname}`,
    `${new Date().toISOString()}, ${navigator.userAgent}`,
    ...sorted(report).map(({ question, state, answer, todo }) => `\n[${WORDS[state]}] ${question}\n${answer}${todo ? `\nWhat to do: ${todo}` : ""}`),
  ].join("\n");

/** The report inside a page: an element that shows it. */
export const render = (report) => {
  const host = document.createElement("div");
  styled(host, "page").append(el("div", { class: "sheet" }, el("p", { class: "summary" }, summary(report)), list(report)));
  return host;
};

/** Opens the report over the page, and asks `doctor` for it; again when the reader wants. When it is closed nothing is left. */
export const open = (doctor) => {
  if (document.querySelector("[data-rocket-doctor=dialog]")) return;
  const host = document.createElement("div");
  const root = styled(host, "dialog");
  let report;

  const told = el("p", { class: "summary", role: "status" }, "Looking …");
  const place = el("div", { class: "place", tabindex: "0", role: "region", "aria-label": "The report" });
  const again = el("button", { type: "button", click: () => look() }, "Look again");
  const copy = el("button", { type: "button", click: () => write() }, "Copy as text");
  const close = el("button", { type: "button", class: "close", "aria-label": "Close the report", click: () => dialog.close() }, "×");
  const dialog = el(
    "dialog",
    { class: "sheet", "aria-labelledby": "title" },
    el("header", {}, el("h2", { id: "title", tabindex: "-1", autofocus: "" }, "How RocketTracker is doing here"), close, told, el("div", { class: "buttons" }, again, copy)),
    place,
    el("footer", {}, ...inline("Here because the address holds `?doctor`; nobody else sees it.")),
  );

  const look = async () => {
    told.textContent = "Looking …";
    again.setAttribute("aria-disabled", "true");
    report = await doctor();
    again.removeAttribute("aria-disabled");
    told.textContent = summary(report) + ".";
    place.replaceChildren(list(report));
  };
  const write = async () => {
    if (!report) return;
    try {
      await navigator.clipboard.writeText(asText(report));
      told.textContent = "Copied.";
    } catch {
      // No clipboard on a page without https: what is marked, the reader copies.
      const text = el("textarea", { readonly: "", rows: "12", "aria-label": "The report as text" });
      text.value = asText(report);
      place.replaceChildren(text);
      text.select();
      told.textContent = "The browser does not let this page copy: the text is marked, copy it yourself.";
    }
  };

  // What is done in here is not for the page's own shortcuts.
  for (const type of ["keydown", "keyup", "keypress", "click"]) host.addEventListener(type, (event) => event.stopPropagation());
  dialog.addEventListener("close", () => host.remove());
  root.append(dialog);
  (document.body ?? document.documentElement).append(host);
  dialog.showModal();
  return look();
};
