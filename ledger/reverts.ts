/**
 * What a contract's refusal means to whoever ran into it, for those custom errors whose name does not say it all.
 * A name means the same in every contract that uses it.
 */
export const REVERTS_IN_WORDS: Readonly<Record<string, string>> = {
  AccessManagedUnauthorized:
    "This account does not hold the role that the call needs; the governor grants it.",
  OneKeyTwoDuties:
    "One key may register, quote, anchor, approve claims or arbitrate, and only one of these: use another key.",

  AlreadyRegistered: "This probe's key is on the ledger already.",
  UnknownDevice: "No probe with this stream id is registered.",
  NoProofOfPossession:
    "The signature is not by the probe's key over this chain, this registry and this owner.",
  TakesEffectInThePast: "A binding or revocation counts from the block that makes it, or later.",
  NoPrecompile: "This chain cannot check P-256 signatures: it needs the rules of Osaka.",

  NotOperator: "Only the ledger's operator anchors; the governor names him.",
  NotNext: "Batches are anchored one after the other.",
  BondTooLow: "The operator's bond is too low to anchor: somebody must add to it.",
  OtherContent: "A batch of this number is anchored with other content.",

  UnknownBatch: "No batch of this number is anchored.",
  NotInDirectory: "The stream, its size and its tree are not what the batch's root commits to.",
  MalformedProof: "The window proof is cut or altered.",
  NoReadingBefore: "The window needs a reading before it.",
  NoReadingAfter: "The window needs a reading after it: wait for the next batch.",

  NothingWrong: "What was shown of the batch is as it must be: there is nothing to convict.",
  AlreadyVoid: "The batch is void already, for all streams or for this one.",
  ChallengeTimeOver: "The batch can be challenged no longer.",
  NotCommitted: "Commit to the challenge first, from the same account, and send it in a later block.",
  CommittedInThisBlock: "The commitment must be in an earlier block than the challenge.",
  NotYetPayable:
    "It is not payable yet: a claim's time for challenges, or the waiting time of a bond, is still running.",

  NotTheFarmer: "Only the farmer named in the quote can bind it.",
  QuoteExpired: "The quote was not bound in time: ask for a new one.",
  QuoteUsed: "This quote was bound or withdrawn before.",
  NotSignedByTheInsurer:
    "The signature is not the insurer's over this quote on this chain and this contract.",
  NotAnUnderwriter: "The insurer named in the terms does not hold the underwriter's role.",
  AlreadyCovered: "This pond has a running policy against something of the same metric.",
  WaterBodyFull: "The product insures no more on this water body: what lives in one water dies together.",
  ClaimsOutlastCooldown:
    "On these terms a claim may take longer than the pool's capital waits before it can leave: shorten them.",
  BindingPaused: "Two guardians have paused new policies; it goes on by itself at the time named.",
  ActPaused: "Two guardians have paused this for a while; it goes on by itself at the time named.",
  PolicyOver: "The policy is over for good.",
  OutageCounted: "The premium of this outage was credited before.",
  OutageNotOver: "This outage counts when the next batch is anchored, or cover has ended.",
  NoOutage: "The time to the next batch was no longer than the terms allow, or not covered.",
  WrongTerms: "These are not the terms that the policy was bound on.",
  TooMuchPremium: "That is more than what is still due of the premium.",
  Insolvent: "The pool has too little free capital.",
  NotRedeemable: "A request can be redeemed in the seven days after its cooldown, by its owner.",
  RedemptionPending: "One request at a time: end the other one first.",
  TokenTookAFee: "The token kept a part of what was sent; the pool takes none that does.",
  ERC20InsufficientAllowance: "The token's owner has not approved this amount to the pool.",
  ERC20InsufficientBalance: "The account holds too little of the token.",

  NotCovered: "The window does not lie inside the time of cover.",
  AfterRunOff: "The policy's run-off is over: it can be claimed on no longer.",
  TooFewSensors: "Fewer probes are shown than the terms ask for.",
  NotThatFeed: "What is shown for a peril of weather is no feed of that metric.",
  NotWholePeriods: "A window of weather is made of whole days.",
  NotObserved: "Nothing is known of a day that the window needs.",
  NotTheObservationBefore: "There is a later observation before the window than the one shown.",
  AlreadyPosted: "Another reporter posted that day.",
  TooFewReports: "Fewer reporters signed than the feed needs.",
  ProbeNotServing: "A probe was not bound to this pond over the whole window, or was revoked.",
  NoTierMet: "The readings do not meet the first tier.",
  EventMustBeginInsideCover:
    "No shown probe has a reading before the window that is outside the breach and inside the cover.",
  NotUsable: "A challenge made this stream void in this batch: prove from a later one.",
  NotOneBatch: "Every probe of a claim is shown from the same batch, or every one raw.",
  NotThatRawWindow: "The raw window is of another stream or another time.",
  NotTheSameWindow:
    "The earlier batch gives other values for this window, so it says nothing of when it was anchored.",
  NothingMoreToPay: "The occurrence pays this much already, or the limits are used up.",
  SoundEvaluationWaits:
    "An evaluation of this occurrence in time is still open: readings anchored late can add to it once it is payable.",
  NeedsRawProof: "The occurrence was rejected for want of data: it can be claimed again by raw proof alone.",
  RuledByTheArbiter: "The arbiter rejected this occurrence.",
  EvidenceIsVoid: "A stream that the claim rests on is void: reopen the claim, then prove it again.",
  EvidenceIsSuspect: "A probe contradicted itself: reopen the claim, which sends it to the arbiter.",
  EvidenceStands: "Nothing of what the claim rests on is void or suspect.",
  DataDemanded: "Somebody demanded the window's data: a raw proof shows it.",
  NoBetterEvidence:
    "Only more readings of the same window and probes, or as many of them raw, replace an evaluation.",
  MustShowTheReadingBefore: "A correction shows the reading before the window of every probe.",
  AmountChanged: "The claim changed meanwhile: look again before you decide.",
  StillTime: "The time for this is not over yet.",
  TimeIsOver: "The time for this is over.",
  NotAParty: "Only the policy's holder and the insurer's side may.",
  ArbiterIsAParty: "An arbiter does not decide where he is the holder or on the insurer's side.",
  SpokenBefore: "This side has had its say on this tier of the claim.",
  PolicyholdersFirst: "The policyholders have time to take this still.",
};
