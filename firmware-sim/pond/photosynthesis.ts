export type Bloom = {
  /** Gross production in full light at 20 °C, mg O₂/(L·h). */
  maxRateMgPerLPerH: number;
  /** Depth at which a white disc disappears. */
  secchiM: number;
};

/** Initial slope of production against light, as a part of the maximum per µmol/(m²·s): half of it at about 250. */
const LIGHT_SLOPE = 1 / 360;
/** Slices for the mean over a layer: light falls by less than half from one to the next in the murkiest pond. */
const SLICES = 8;

/**
 * Gross production of a layer of water, in mg O₂/(L·h), averaged over its depth.
 *
 * Saturating curve of Webb et al. 1974; light fades at 1.7/Secchi a metre (Poole and Atkins 1929).
 */
export function photosynthesisMgPerLPerH(
  bloom: Bloom,
  layer: { lightAtSurface: number; topM: number; bottomM: number; temperatureC: number },
): number {
  const attenuationPerM = 1.7 / bloom.secchiM;
  const sliceM = (layer.bottomM - layer.topM) / SLICES;
  let sum = 0;
  for (let slice = 0; slice < SLICES; slice++) {
    const depthM = layer.topM + (slice + 0.5) * sliceM;
    const light = layer.lightAtSurface * Math.exp(-attenuationPerM * depthM);
    sum += 1 - Math.exp(-LIGHT_SLOPE * light);
  }
  return bloom.maxRateMgPerLPerH * 1.036 ** (layer.temperatureC - 20) * (sum / SLICES);
}
