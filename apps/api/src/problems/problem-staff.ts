import type { Viewer } from '../auth/viewer.js';
import { notAllowed, problemNotFound, signInRequired } from '../common/errors.js';

export interface StaffedProblem {
  readonly ownerId: bigint;
  readonly visibility: 'draft' | 'published';
  readonly deletedAt: Date | null;
  readonly editors: readonly { readonly userId: bigint }[];
}

/** The problem's staff: its owner, its editors, and every admin. */
export function isStaff(viewer: Viewer | null, problem: StaffedProblem): boolean {
  if (viewer === null) return false;
  return ownsOrAdmins(viewer, problem) || problem.editors.some(({ userId }) => userId === viewer.id);
}

export const ownsOrAdmins = (viewer: Viewer, problem: StaffedProblem) =>
  viewer.role === 'admin' || problem.ownerId === viewer.id;

/** Others do not learn that a draft exists. */
export const isVisible = (viewer: Viewer | null, problem: StaffedProblem) =>
  (problem.visibility === 'published' && problem.deletedAt === null) || isStaff(viewer, problem);

/** Throws 404 for what the viewer may not know of. */
export function requireVisible<T extends StaffedProblem>(viewer: Viewer | null, problem: T | null): T {
  if (problem === null || !isVisible(viewer, problem)) throw problemNotFound();
  return problem;
}

/** Throws 404, 401 or 403. */
export function requireStaff<T extends StaffedProblem>(viewer: Viewer | null, problem: T | null): T {
  const visible = requireVisible(viewer, problem);
  if (isStaff(viewer, visible)) return visible;
  throw viewer === null ? signInRequired() : notAllowed("the problem's owner, its editors and admins");
}

export function requireOwner<T extends StaffedProblem>(viewer: Viewer, problem: T | null): T {
  const staffed = requireStaff(viewer, problem);
  if (!ownsOrAdmins(viewer, staffed)) throw notAllowed("the problem's owner and admins");
  return staffed;
}
