import { Account } from "./account";

/** Component of the server; the shop's server fills in the origin of relink-server. */
export default function Page() {
  return <Account server="{{relink}}" />;
}
