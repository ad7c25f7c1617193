/** The command line makes no sense; the message is one sentence. */
export class UsageError extends Error {}

export const USAGE = `cobalt: a FHIR R4 server for secondary insurance billing

  cobalt start
      Serves, as the environment says (README.md, Configuration).

  cobalt migrate --from STORE --to STORE
      Copies a store, with every version of every resource, into one that is empty: the embedded one to MongoDB, or back.
      Stop Cobalt first. Cut short, the same command goes on where it was; until it is finished, Cobalt does not start on
      the target. It ends by comparing both stores, type by type.
      STORE is sqlite:FOLDER, or the address of a MongoDB database, mongodb://HOST/DATABASE.
      COBALT_BASE_URL must be what the server has: it says which references are its own.

  cobalt backup --from STORE --to STORE
      Copies an embedded store as it is at one moment; Cobalt may go on meanwhile. A MongoDB has tools of its own for this.

  cobalt restore --from STORE --to STORE
      Makes a store out of a backup, and compares the two.

  cobalt verify --store STORE
      Says whether a store is sound, and what it holds: resources and versions of each type, and a hash of these. Stop
      Cobalt first; of a backup it may run.

  cobalt doctor
      Looks at settings, store, disk, clock, folders, issuers, and the sources and payers that are asked (address, answer,
      what they lack, token, how far behind), and says what is wrong and what to do. Cobalt may run meanwhile.

  cobalt --help, cobalt --version

Ends with 0 when done, 64 for a wrong command line, 65 where the source cannot be copied or the copy differs from it, 69
where a store cannot be had, 73 where the target holds something else already, 78 for a wrong setting.
`;
