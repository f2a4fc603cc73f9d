/** What a farmer must have read before he buys cover that pays by an index; its hash is part of the product. */
export const basisRiskNotice = {
  en: "This policy pays by measured oxygen, not by counted fish. Fish can die while the oxygen stays above the level, and then it pays nothing; the oxygen can fall below the level without a dead fish, and then it pays.",
  zh: "本保险按探头测得的溶氧赔付,不按死鱼数量赔付。溶氧没有低于约定值而鱼死了,不赔;溶氧低于约定值而鱼没有死,照赔。",
} as const;
