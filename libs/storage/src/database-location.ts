/** Where this process finds its database. Provided once by the runtime, global to the app; port and injection token in one. */
export abstract class DatabaseLocation {
  /** `postgres://user:password@host:port/database` */
  abstract readonly url: string;
}
