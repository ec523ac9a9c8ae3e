"""A mail server for the tests: real SMTP, and misbehaviour towards certain recipients.

Prints its port, then a line of JSON for each thing that happens. Ends with its standard input.
"""

import argparse
import asyncio
import json
import os
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult


def say(**event):
    print(json.dumps(event), flush=True)


def name(address):
    """What decides: the local part, up to a plus sign."""
    return address.split("@")[0].split("+")[0]


class Handler:
    def __init__(self):
        self.seen = set()

    def is_first(self, address):
        is_first = address not in self.seen
        self.seen.add(address)
        return is_first

    async def handle_RCPT(self, server, session, envelope, address, options):
        if name(address) == "refused":
            return "550 5.1.1 No such mailbox: " + address
        if name(address) == "greylisted" and self.is_first(address):
            return "451 4.7.1 Come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        if name(envelope.rcpt_tos[0]) == "slow":
            await asyncio.sleep(0.3)
        if name(envelope.rcpt_tos[0]) == "sluggish":
            say(event="sluggish")
            await asyncio.sleep(2)
        session.is_rude = name(envelope.rcpt_tos[0]) == "rude"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        text = mail.get_body(("plain",))
        say(
            event="taken",
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            is_encrypted=server.transport.get_extra_info("ssl_object") is not None,
            content=envelope.content.decode(),
            subject=mail["subject"],
            text=text and text.get_content(),
        )
        return "250 2.0.0 Taken"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        recipients = self.envelope.rcpt_tos
        recipient = recipients[0] if recipients else ""
        if name(recipient) == "hanging" or (
            name(recipient) == "hanging_once" and self.event_handler.is_first(recipient)
        ):
            await self.push("354 Go ahead")
            say(event="hanging", recipients=recipients)
            await asyncio.sleep(3600)
        if name(recipient) == "dropped" and self.event_handler.is_first(recipient):
            await self.push("354 Go ahead")
            say(event="dropped", recipients=recipients)
            self.transport.abort()
            return
        await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg):
        # Whoever waits for the farewell waits in vain.
        if getattr(self.session, "is_rude", False):
            await asyncio.sleep(3600)
        await super().smtp_QUIT(arg)


async def swallow(reader, writer):
    """Takes the connection and never says a word."""
    say(event="silent")
    await reader.read()
    await asyncio.sleep(3600)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--tls", choices=["implicit", "starttls"])
    parser.add_argument("--password")
    parser.add_argument("--silent", action="store_true")
    arguments = parser.parse_args()

    context = None
    if arguments.tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.certificate, arguments.key)

    def authenticate(server, session, envelope, mechanism, data):
        is_right = data.password.decode() == arguments.password
        say(event="login", is_right=is_right)
        # A refusal that counts as handled would never be answered.
        return AuthResult(success=is_right, handled=is_right)

    handler = Handler()

    def make():
        return Server(
            handler,
            hostname="mail.example.com",
            enable_SMTPUTF8=True,
            tls_context=context if arguments.tls == "starttls" else None,
            require_starttls=arguments.tls == "starttls",
            authenticator=authenticate,
            auth_required=arguments.password is not None,
            auth_require_tls=False,
        )

    loop = asyncio.get_running_loop()
    # Whatever still sleeps when the input ends is not waited for.
    loop.run_in_executor(None, lambda: (sys.stdin.read(), os._exit(0)))
    if arguments.silent:
        server = await asyncio.start_server(swallow, "127.0.0.1", arguments.port)
    else:
        server = await loop.create_server(
            make,
            "127.0.0.1",
            arguments.port,
            ssl=context if arguments.tls == "implicit" else None,
        )
    say(event="listening", port=server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
