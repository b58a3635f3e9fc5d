// How the report looks; the colours are those of the deployment's own pages.

export const STYLE = `
:host {
  all: initial !important; display: block !important; color-scheme: light dark !important;
  font: 16px/1.5 "Bricolage Grotesque", "Avenir Next", Avenir, "Segoe UI", system-ui, sans-serif !important;
  --paper: #f6f9fa; --card: #ffffff; --ink: #14263a; --muted: #4a5d6e; --rule: #cfdbe3; --code: #e9f0f4; --focus: #14263a;
  --problem: #b32a18; --on-problem: #ffffff; --note: #7a5200; --on-note: #ffffff; --ok: #17616a; --on-ok: #ffffff; --todo: #fdf3d8;
}
/* Beside whatever the page lays out, and not part of it. */
:host([data-rocket-doctor=dialog]) { position: fixed !important; inset: 0 auto auto 0 !important; }
@media (prefers-color-scheme: dark) {
  :host {
    --paper: #0d1722; --card: #142334; --ink: #e9f1f5; --muted: #a6b8c6; --rule: #2b3f53; --code: #1b2e42; --focus: #f6bd2c;
    --problem: #ff9a84; --on-problem: #2b0d07; --note: #f6bd2c; --on-note: #2a2003; --ok: #79cdd0; --on-ok: #062224; --todo: #2c2a1c;
  }
}
*, ::before, ::after { box-sizing: border-box; }
h2, h3, h4, p, ol, ul { margin: 0; padding: 0; }
ol, ul { list-style: none; }
.sheet { color: var(--ink); background: var(--paper); text-align: start; overflow-wrap: anywhere; }
dialog {
  width: min(736px, calc(100% - 24px)); max-width: none; max-height: calc(100dvh - 24px); margin: auto; padding: 0;
  border: 1px solid var(--rule); border-radius: 16px; overflow: hidden; box-shadow: 0 18px 60px rgb(8 18 30 / .35);
}
dialog[open] { display: flex; flex-direction: column; }
dialog::backdrop { background: rgb(8 18 30 / .55); }
header { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 16px; align-items: start; padding: 18px 20px 14px; border-block-end: 1px solid var(--rule); background: var(--card); flex: none; }
h2 { font-size: 22px; font-weight: 750; line-height: 1.15; letter-spacing: -.02em; padding-block-start: 7px; text-wrap: balance; }
.summary { color: var(--muted); font-weight: 600; }
header .summary { grid-column: 1 / -1; min-height: 1.5em; }
.buttons { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 6px; }
button {
  min-height: 40px; padding: 6px 16px; border: 2px solid currentColor; border-radius: 10px; background: transparent; color: var(--ink);
  font: inherit; font-size: 15px; font-weight: 650; line-height: 1.2; cursor: pointer;
}
button:hover { background: var(--ink); border-color: var(--ink); color: var(--card); }
button[aria-disabled=true] { opacity: .7; cursor: progress; }
.close { width: 44px; height: 44px; min-height: 0; padding: 0; border-color: transparent; border-radius: 50%; font-size: 26px; line-height: 1; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
h2:focus { outline: none; }
.placeh2:focus { outline: none; }
:focus-visible { outline-offset: -3px; }
.place { flex: 1; min-height: 64px; overflow-y: auto; overscroll-behavior: contain; padding: 16px 20px; }
.checks { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; }
.check { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 12px; padding: 14px 16px; border: 1px solid var(--rule); border-inline-start: 5px solid var(--state); border-radius: 12px; background: var(--card); }
.problem { --state: var(--problem); --on-state: var(--on-problem); }
.note { --state: var(--note); --on-state: var(--on-note); }
.ok { --state: var(--ok); --on-state: var(--on-ok); }
.sign { display: grid; place-items: center; width: 26px; height: 26px; border-radius: 50%; background: var(--state); color: var(--on-state); font-weight: 800; line-height: 1; }
.body { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; }
h3 { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 10px; font-size: 17px; font-weight: 700; line-height: 1.3; }
.state { color: var(--state); font-size: 14px; font-weight: 700; }
h4 { font-size: 14px; font-weight: 700; color: var(--ink); }
.todo { display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px; margin-block-start: 5px; padding: 10px 13px; border-radius: 8px; background: var(--todo); }
ul { display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px; }
ul li { padding-inline-start: 18px; position: relative; }
ul li::before { content: "–"; position: absolute; inset-inline-start: 0; color: var(--muted); }
code { font-family: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .86em; padding: .1em .3em; border-radius: 4px; background: var(--code); }
.todo code { background: transparent; padding: 0; font-weight: 700; }
footer { flex: none; padding: 11px 20px; border-block-start: 1px solid var(--rule); background: var(--card); color: var(--muted); font-size: 14px; }
textarea { width: 100%; padding: 11px; border: 1px solid var(--rule); border-radius: 8px; background: var(--card); color: var(--ink); font: 14px/1.5 ui-monospace, Menlo, Consolas, monospace; }
:host([data-rocket-doctor=page]) .sheet { background: transparent; }
:host([data-rocket-doctor=page]) .summary { margin-block-end: 12px; font-size: 18px; }
@media (max-width: 480px) {
  dialog { width: calc(100% - 12px); max-height: calc(100dvh - 12px); border-radius: 12px; }
  header, .place, footer { padding-inline: 14px; }
  .check { grid-template-columns: minmax(0, 1fr); padding: 12px 13px; }
  .sign { display: none; }
}
@media (forced-colors: active) { .sign { border: 1px solid; } }
`;
