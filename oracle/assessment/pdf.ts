import PDFDocument from "pdfkit";
import type { Bilingual } from "../../science/bilingual.ts";
import { type Assessment, timeOf } from "./assessment.ts";

/** A font that has Chinese; `family` picks one out of a collection (.ttc). */
export type ChineseFont = { path: string; family?: string };

const COLUMN = { name: 50, value: 300, nameWidth: 240, valueWidth: 245 };
const BOTTOM = 770;

/**
 * The report as PDF/1.3, in English, and in Chinese as well where a font is given: a PDF has to bring its font, and none
 * with Chinese lies beside this program. Without one the same bytes on every machine; with one, wherever the font is the
 * same file.
 */
export async function renderPdf(
  { kind, number, asOfMs, title, sections, recommendation }: Assessment,
  { font }: { font?: ChineseFont } = {},
): Promise<Uint8Array> {
  const document = new PDFDocument({
    size: "A4",
    margin: 50,
    // What zlib makes of a stream depends on its version.
    compress: false,
    info: { Title: title.en, Creator: "Pondproof", Producer: "Pondproof", CreationDate: new Date(asOfMs) },
  });
  const chunks: Uint8Array[] = [];
  const done = new Promise<void>((resolve, reject) => {
    document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    document.on("end", resolve);
    document.on("error", reject);
  });
  if (font === undefined) document.font("Helvetica");
  else if (font.family === undefined) document.font(font.path);
  else document.font(font.path, font.family);

  const say = ({ en, zh }: Bilingual) => latin(font === undefined ? en : `${en}\n${zh}`, font);
  document.fontSize(16).text(say(title));
  document
    .fontSize(9)
    .text(`${kind} ${number} · ${timeOf(asOfMs)}`)
    .moveDown();
  document.fontSize(12).text(say({ en: "Recommendation", zh: "建议" }));
  document.fontSize(10).text(say(recommendation)).moveDown();
  for (const { title: heading, rows, remark } of sections) {
    document.fontSize(12).text(say(heading), COLUMN.name).moveDown(0.3).fontSize(9);
    if (remark !== undefined) document.text(say(remark), COLUMN.name).moveDown(0.3);
    for (const { name, value, source } of rows) {
      const shown = latin(source === undefined ? value : `${value}\n${source}`, font);
      const [left, right] = [
        document.heightOfString(say(name), { width: COLUMN.nameWidth }),
        document.heightOfString(shown, { width: COLUMN.valueWidth }),
      ];
      const height = Math.max(left, right);
      if (document.y + height > BOTTOM) document.addPage();
      const { y } = document;
      document.text(say(name), COLUMN.name, y, { width: COLUMN.nameWidth });
      document.text(shown, COLUMN.value, y, { width: COLUMN.valueWidth });
      document.y = y + height + 3;
    }
    document.moveDown();
  }
  document.end();
  await done;
  return Buffer.concat(chunks);
}

/** PDF's own fonts have Latin letters only; names of files and products may hold others. */
function latin(text: string, font: ChineseFont | undefined): string {
  return font === undefined ? text.replace(/[^\n\u0020-\u007e\u00a0-\u00ff–—·]/g, "?") : text;
}
