type Surface = {
  temperatureC: number;
  /** Wind ten metres above the water. */
  windMPerS: number;
};

/**
 * Speed at which oxygen crosses the surface of still water, in m/h.
 *
 * Cole and Caraco 1998 for the wind, Wanninkhof 1992 for the Schmidt number (4–35 °C, fresh water).
 */
export function oxygenTransferMPerH({ temperatureC: t, windMPerS }: Surface): number {
  return transferMPerH(windMPerS, 1568 - 86.04 * t + 2.142 * t ** 2 - 0.0216 * t ** 3);
}

/** The same for carbon dioxide. */
export function carbonDioxideTransferMPerH({ temperatureC: t, windMPerS }: Surface): number {
  return transferMPerH(windMPerS, 1911.1 - 118.11 * t + 3.4527 * t ** 2 - 0.04132 * t ** 3);
}

function transferMPerH(windMPerS: number, schmidt: number): number {
  const k600CmPerH = 2.07 + 0.215 * windMPerS ** 1.7;
  return (k600CmPerH / 100) * (schmidt / 600) ** -0.5;
}
