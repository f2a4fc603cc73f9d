/** The files of the own site that a page's HTML names: scripts, styles, icons, the manifest. */
export function shellFilesOf(html: string): string[] {
  const named = [...html.matchAll(/\b(?:src|href)="(\/(?!\/)[^"]+)"/g)].map(([, path]) => path!);
  return [...new Set(named)];
}
