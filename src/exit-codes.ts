/** How a process of ours ends, after sysexits(3). */
export const EXIT = {
  done: 0,
  /** The command line makes no sense. */
  usage: 64,
  /** What was read is not as it should be. */
  data: 65,
  /** A store or server cannot be had. */
  unavailable: 69,
  /** What was to be made is there already. */
  exists: 73,
  /** A setting is unknown or has a bad value. */
  config: 78,
} as const;
