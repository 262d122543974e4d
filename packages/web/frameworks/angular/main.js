import "zone.js";
import "@angular/compiler";
import { CUSTOM_ELEMENTS_SCHEMA, Component, provideZoneChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { loadRelink } from "@relink/web";
import { getToken, server } from "../page.js";

class Account {
  count = 0;
  isShown = true;
  repaired = 0;
  server = server();
  getToken = getToken;
}

// Compiled in the browser, so that the build needs no Angular compiler.
const component = Component({
  selector: "shop-account",
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <button id="again" (click)="count = count + 1">Again</button>
    <button id="toggle" (click)="isShown = !isShown">Toggle</button>
    <output id="count">{{ count }}</output>
    <output id="repaired">{{ repaired }}</output>
    @if (isShown) {
      <bank-relink
        [server]="server"
        [getToken]="getToken"
        [attr.data-count]="count"
        heading-level="2"
        (relink-success)="repaired = repaired + $event.detail.repaired.length"
      ></bank-relink>
    }
  `,
})(Account);

loadRelink({ server: server() });
bootstrapApplication(component, { providers: [provideZoneChangeDetection()] });
