/** How the page looks: on paper and on screens, wide and narrow, light and dark, without any other file. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #566069; --ground: #fff; --panel: #f4f6f8; --line: #d5dade;
  --accent: #005a94; --good: #00694b; --bad: #a63c00; --note: #7a5200; --bar: #0072b2; --mark: #e69f00 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ec; --soft: #a3adb6; --ground: #14181b; --panel: #1d2327; --line: #39424a;
    --accent: #7cc4f5; --good: #4fd0a5; --bad: #ff9a5c; --note: #f0c05a; --bar: #4aa8e0; --mark: #e69f00 } }
* { box-sizing: border-box }
html { font: 16px/1.5 system-ui, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; color: var(--ink);
  background: var(--ground); scroll-padding-top: 1rem }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1.25rem 4rem }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .75rem; padding-top: .75rem;
  border-top: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem }
p { margin: .5rem 0; max-width: 46rem }
a { color: var(--accent) }
ul { padding-left: 1.2rem; max-width: 46rem } li { margin: .3rem 0 }
.sub { color: var(--soft); margin: 0 }
.warning { border-left: 4px solid var(--bad); padding-left: .75rem }
nav { margin: 1rem 0; font-size: .95rem } nav ul { list-style: none; padding: 0; margin: 0; display: flex;
  flex-wrap: wrap; gap: .25rem 1rem; max-width: none } nav li { margin: 0 }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; margin: 1rem 0 }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem }
.tile p { margin: 0 } .tile .value { font-size: 2.4rem; font-weight: 650; line-height: 1.2 }
.tile .detail { font-size: .875rem; color: var(--soft) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: 1rem 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
.scroll { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem; max-width: 46rem }
th, td { padding: .25rem .75rem .25rem 0; text-align: right; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: normal }
th:first-child, td:first-child, .source td:last-child, .source th:last-child, th.left { text-align: left }
.source td:last-child { white-space: nowrap }
.scroll > table { min-width: min(100%, 22rem) }
thead th { font-weight: 600; vertical-align: bottom } tbody th { font-weight: 400 }
.beside { display: grid; grid-template-columns: minmax(0, 34rem) minmax(0, 1fr); gap: 1rem 2.5rem; margin: 1rem 0 }
figure { margin: 0 } figcaption { font-size: .9rem; color: var(--soft); max-width: 34rem }
svg { display: block; width: 100%; height: auto }
svg[fill="#222222"] { fill: var(--ink); color: var(--ink) }
svg > rect[fill="white"] { fill: none } svg circle[fill="white"] { fill: var(--ground) }
svg [stroke="#222222"], svg [stroke="#000000"], svg [stroke="#000"] { stroke: var(--ink) }
svg [fill="#000000"] { fill: var(--ink) } svg [stroke="#666666"] { stroke: var(--soft) }
svg [fill="#666666"] { fill: var(--soft) } svg text { stroke: none }
@media screen and (prefers-color-scheme: dark) { svg [stroke="#0072B2"] { stroke: #4aa8e0 }
  svg [fill="#0072B2"] { fill: #4aa8e0 } svg [stroke="#009E73"] { stroke: #2fc79b }
  svg [fill="#009E73"] { fill: #2fc79b } }
.bar { width: 40%; min-width: 6rem; text-align: left } .bar i { display: block; height: .8rem; margin-top: .3rem;
  background: var(--bar); min-width: 1px; print-color-adjust: exact; -webkit-print-color-adjust: exact }
.bar i.marked { background: var(--mark) }
.checks { list-style: none; padding: 0; max-width: none; display: grid; gap: .6rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)) }
.checks > li { border: 1px solid var(--line);
  border-left: .35rem solid var(--soft); border-radius: .35rem; padding: .6rem .9rem; margin: 0 }
.checks p { margin: .15rem 0; max-width: 60rem; overflow-wrap: anywhere } .checks h3 { margin: 0 }
.outcome { font-weight: 650 } .checks .explanation { color: var(--soft); font-size: .9rem }
.checks .passed { border-left-color: var(--good) } .passed .outcome { color: var(--good) }
.checks .failed { border-left-color: var(--bad) } .failed .outcome { color: var(--bad) }
.checks .noteworthy { border-left-color: var(--note) } .noteworthy .outcome { color: var(--note) }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; margin: .5rem 0 }
.picture { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem }
.picture p { font-size: .9rem } .picture table { width: 100%; font-size: .8rem }
.picture th { white-space: nowrap } .picture .bar { min-width: 3rem }
.views { display: flex; flex-wrap: wrap; gap: .5rem } .views img { width: 5.5rem; height: auto;
  image-rendering: pixelated; border: 1px solid var(--line) }
.wide { grid-column: span 2 }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .35rem; padding: .75rem; overflow-x: auto;
  font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere }
.files td, .files th { text-align: left; overflow-wrap: anywhere }
details > summary { cursor: pointer; padding: .4rem 0 }
.rows { max-width: 52rem } .rows table { width: 100% } tr:target { outline: 3px solid var(--mark) }
.rows thead button { font: inherit; color: var(--accent); background: none; border: 0; padding: 0; cursor: pointer;
  text-align: inherit }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin: .5rem 0 } .controls select, .controls input {
  font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: .25rem;
  padding: .15rem .4rem; max-width: 10rem }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px }
@media (max-width: 48rem) { .beside { grid-template-columns: minmax(0, 1fr) } .wide { grid-column: auto }
  body { padding: 1rem .9rem 3rem } dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } }
@media print { html { font-size: 10.5px; background: #fff } body { max-width: none; padding: 0 }
  nav, .controls, .downloads { display: none } h2 { margin-top: 1.5rem; break-after: avoid }
  .beside, .checks > li, .picture, .tile { break-inside: avoid } a { color: inherit; text-decoration: none }
  .scroll { overflow: visible } }
@media print and (prefers-color-scheme: dark) { :root { color-scheme: light; --ink: #1c2024; --soft: #566069;
  --ground: #fff; --panel: #f4f6f8; --line: #d5dade; --accent: #005a94; --good: #00694b; --bad: #a63c00;
  --note: #7a5200; --bar: #0072b2 } }
`.trim();
