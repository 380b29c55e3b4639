/** The paiza `runners` API as its reference has it. `…/get_details.json` has numbers, `…/get_details` strings. */
export type WireStatus = 'running' | 'completed';
export type WireResult = 'success' | 'failure' | 'error' | 'timeout';

export interface WireCreated {
  id?: string;
  status?: WireStatus;
  error?: string;
}

export interface WireDetails {
  id: string;
  language: string;
  note: null;
  status: WireStatus;
  build_stdout: string | null;
  build_stderr: string | null;
  build_exit_code: number | null;
  build_time: number | string | null;
  build_memory: number | null;
  build_result: WireResult | null;
  stdout: string | null;
  stderr: string | null;
  exit_code: number | null;
  time: number | string | null;
  memory: number | null;
  connections: number;
  result: WireResult | null;
  error?: string;
}
