/**
 * What the judge concludes. AC accepted, WA wrong answer, TLE time limit, MLE memory limit, OLE output limit,
 * RTE run-time error, CE compile error: the student's. JE judge error: ours.
 */
export const verdicts = ['AC', 'WA', 'TLE', 'MLE', 'OLE', 'RTE', 'CE', 'JE'] as const;
export type Verdict = (typeof verdicts)[number];

/** A verdict that one run can have: compile errors have no runs, and a fault of ours is thrown. */
export type RunVerdict = Exclude<Verdict, 'CE' | 'JE'>;
