import type { Bilingual } from "../../science/bilingual.ts";
import { type Assessment, type Row, type Section, timeOf } from "./assessment.ts";

const STYLE = `body{font:15px/1.5 system-ui,"Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#12262e}
h1{font-size:1.5em}h2{font-size:1.15em;border-bottom:1px solid #9db4bc}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25em .5em;border-bottom:1px solid #dde6e9}th{width:45%;font-weight:normal}
td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}small{color:#4a6069}.zh{display:block}
.recommendation{border-left:4px solid #0b6f8a;padding:.5em 1em;background:#eef6f8}`;

/** The report as one file without scripts or anything from elsewhere: the same bytes on every machine. */
export function renderHtml({ kind, number, asOfMs, title, sections, recommendation }: Assessment): string {
  return `${[
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escaped(title.en)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${both(title)}</h1>`,
    `<p>${kind} ${escaped(number)} · ${timeOf(asOfMs)}</p>`,
    `<section class="recommendation"><h2>${both({ en: "Recommendation", zh: "建议" })}</h2><p>${both(recommendation)}</p></section>`,
    ...sections.map(renderSection),
    "</body></html>",
  ].join("\n")}\n`;
}

function renderSection({ title, rows, remark }: Section): string {
  return [
    `<section><h2>${both(title)}</h2>`,
    ...(remark === undefined ? [] : [`<p>${both(remark)}</p>`]),
    ...(rows.length === 0 ? [] : [`<table>`, ...rows.map(renderRow), `</table>`]),
    "</section>",
  ].join("\n");
}

function renderRow({ name, value, source }: Row): string {
  const from = source === undefined ? "" : `<br><small>${escaped(source)}</small>`;
  return `<tr><th scope="row">${both(name)}</th><td>${escaped(value)}${from}</td></tr>`;
}

function both({ en, zh }: Bilingual): string {
  return `${escaped(en)} <span class="zh" lang="zh">${escaped(zh)}</span>`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
