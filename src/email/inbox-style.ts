/** The inbox's style sheet; it follows the reader's light or dark. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#e3e3df, #3a3a38); --dim: light-dark(#6b6b66, #a3a39d);
  --mark: light-dark(#e8eff6, #22313f); --link: light-dark(#1f4e79, #8ab8e0); }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; font: 15px/1.5 system-ui, sans-serif;
  background: light-dark(#fff, #1b1b1a); color: light-dark(#1d1d1b, #ecece8); }
a { color: var(--link); }
header { display: flex; gap: 16px; align-items: baseline; padding: 10px 20px; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 18px; } header p { margin: 0; color: var(--dim); font-size: 13px; }
main { flex: 1; display: flex; min-height: 0; }
nav { width: 320px; overflow-y: auto; border-right: 1px solid var(--line); }
nav a { display: block; padding: 10px 20px; border-bottom: 1px solid var(--line); color: inherit; text-decoration: none; }
nav a:hover, nav a[aria-current] { background: var(--mark); }
nav strong, nav span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
nav span, time { color: var(--dim); font-size: 13px; }
article { flex: 1; min-width: 0; display: flex; flex-direction: column; padding: 18px 24px 24px; }
h2 { margin: 0 0 10px; font-size: 20px; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 60px 1fr; gap: 2px 8px; margin: 0 0 12px; font-size: 13px; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
.tabs { display: flex; gap: 6px; margin: 0 0 12px; }
.tabs a { padding: 3px 12px; border: 1px solid var(--line); border-radius: 6px; text-decoration: none; font-size: 13px; }
.tabs a[aria-current] { background: var(--mark); }
iframe, pre { flex: 1; width: 100%; min-height: 320px; margin: 0; border: 1px solid var(--line); border-radius: 8px; }
iframe { background: #fff; color-scheme: light; }
pre { padding: 16px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.6 ui-monospace, monospace; }
.empty { margin: 0; padding: 20px; color: var(--dim); }
@media (max-width: 700px) {
  body { height: auto; } main { flex-direction: column; }
  nav { width: auto; max-height: 40vh; border-right: 0; } iframe { min-height: 60vh; }
}
`;
