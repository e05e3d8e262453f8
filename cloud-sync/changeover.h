/*
 * The changeover: the bridge goes from the old certificate to the new one, without a restart of the
 * store's broker and without a moment in which it has none.
 *
 *	try      HQ's broker is visited with the new certificate: does it take it?
 *	use      the new file takes the old one's place, which is kept
 *	call     HQ's broker is visited under the bridge's own client id
 *	watch    the store's broker says that its bridge is up; the old file is forgotten
 *
 * The call makes HQ's broker end the bridge's connection, as MQTT 3.1.1 wants it (3.1.4-2), and
 * mosquitto connects again, reading the files anew.
 *
 * mosquitto 2.0.11 reads the certificate at every connection of a bridge and at no other time;
 * SIGHUP changes nothing about it. A restart of the broker would do, too, but would cut off tills,
 * access points and sensors for nothing. The pause that is left is the bridge's own, some five
 * seconds, in which events wait in the journal.
 *
 * For the command-line tool: it blocks for up to some minutes.
 */
#pragma once

#include "node/config.h"

/* 0: done. BR_E_NOT_FOUND: none waits. Else nothing has changed, or the fault says what has. */
BR_MUST_CHECK int br_changeover_run(const struct br_config *config, struct br_fault *fault);
