/** One sentence in the two languages of the pages. */
export type Bilingual = { en: string; zh: string };
