"""How pages look: light and dark as the reader wants, one column on a phone, everything open on paper.

Colours are told apart by words as well, and every pair of text and ground has the contrast of WCAG 2.2 AA.
"""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --raised: #f6f8fa; --text: #1f2328; --faint: #57606a;
  --rule: #d0d7de;
  --link: #0550ae; --error: #a40e26; --error-ground: #ffebe9; --warning: #7d4e00; --warning-ground: #fff8c5;
  --info: #0550ae; --info-ground: #ddf4ff; --fine: #116329; --fine-ground: #dafbe1; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --raised: #161b22; --text: #f0f6fc;
  --faint: #9198a1;
  --rule: #3d444d; --link: #79c0ff; --error: #ff9492; --error-ground: #3c1418; --warning: #f0c566;
  --warning-ground: #332407;
  --info: #79c0ff; --info-ground: #0c2748; --fine: #56d364; --fine-ground: #0f2d17; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; } h4 { font-size: .95rem; margin: 1.25rem 0 .4rem;
  }
p { margin: .4rem 0; } a { color: var(--link); } :focus-visible { outline: 2px solid var(--link);
  outline-offset: 2px; }
code, pre { font: .85rem/1.45 ui-monospace, monospace; } code, td, dd, p, li { overflow-wrap: anywhere; }
.faint, time, dt { color: var(--faint); } .verdict { font-size: 1.1rem; margin: .5rem 0 1rem; }
.cards { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 1rem 0; list-style: none; }
.cards li { background: var(--raised); border: 1px solid var(--rule); border-radius: .5rem;
  padding: .6rem 1rem; min-width: 7rem; }
.cards strong { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; border: 1px solid var(--rule); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; min-width: 40rem; } th, td { text-align: left; vertical-align: top;
  padding: .4rem .75rem; }
th { background: var(--raised); font-weight: 600; }
  tr + tr > td, thead + tbody > tr > td { border-top: 1px solid var(--rule); }
.part { min-width: min-content; content-visibility: auto; contain-intrinsic-size: auto 60rem auto 300rem; }
  .part + .part { border-top: 1px solid var(--rule); }
.even table { table-layout: fixed; } .even th:first-child { width: 26%; } td.short { white-space: nowrap;
  } .wide td { min-width: 8rem; }
.chip { display: inline-block; white-space: nowrap; border: 1px solid currentColor; border-radius: 1rem;
  padding: 0 .6rem;
  font-size: .85rem;
  margin-right: .4rem; }
.error { color: var(--error); background: var(--error-ground); }
.warning { color: var(--warning); background: var(--warning-ground); }
.info { color: var(--info); background: var(--info-ground); } .fine { color: var(--fine);
  background: var(--fine-ground); }
article { border: 1px solid var(--rule); border-radius: .5rem; padding: 1rem; margin: 1rem 0;
  content-visibility: auto;
  contain-intrinsic-size: auto 30rem; break-inside: avoid; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: .4rem 1.5rem;
  margin: .75rem 0; }
dt { font-size: .85rem; } dd { margin: 0; }
.stages { display: flex; gap: .5rem; padding: 0 0 .5rem; margin: 0; list-style: none; overflow-x: auto; }
.stages > li { border: 1px solid var(--rule); border-radius: .5rem; background: var(--raised); padding: .5rem;
  min-width: 9rem;
  flex: 1 0 auto; max-width: 16rem; }
.stages > li + li::before { content: "→"; float: left; margin: 0 .4rem 0 -.1rem; color: var(--faint); }
.stages ol, .stages ul { list-style: none; padding: 0; margin: .35rem 0 0; }
.actions { display: flex; flex-direction: column; gap: .3rem; }
.actions li { border: 1px solid var(--rule); border-radius: .35rem; background: var(--ground);
  padding: .25rem .5rem; }
.actions span { display: block; font-size: .85rem; } .stages .moved { border: 2px dashed currentColor; }
.stages .moved.changed { color: var(--warning); background: var(--warning-ground); }
.stages .moved.added { color: var(--info); background: var(--info-ground); }
.stages .moved.gone { color: var(--error); background: var(--error-ground); }
.mark { font-weight: 600; } .moved .faint { color: inherit; }
.text { overflow: auto; max-height: 30rem; border: 1px solid var(--rule); border-radius: .5rem;
  padding: .75rem; margin: 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: .75rem; }
summary { cursor: pointer; padding: .3rem 0; }
svg { width: 100%; height: auto; max-width: 60rem; overflow: visible; } svg text { fill: var(--faint);
  font: 12px system-ui, sans-serif; }
.line { fill: none; stroke: var(--error); stroke-width: 2; } .axis { stroke: var(--rule); }
@media (max-width: 36rem) { svg text { font-size: 22px; } }
@media print { main { max-width: none; padding: 0; } article, .part { content-visibility: visible; }
  .wide, .text, .stages { overflow: visible;
  max-height: none; } .stages { flex-wrap: wrap; } details::details-content { content-visibility: visible;
  height: auto; } }
"""
