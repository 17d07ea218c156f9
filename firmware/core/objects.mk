# Pure C, also built for the host. The folders are floors: docs/architecture.md names them, and
# tests/floors.py holds that each uses lower ones only.
core-y += base/err.o
core-y += base/crc32.o
core-y += base/crc32_long.o
core-y += base/xor4.o
core-y += base/escape.o
core-y += base/digits.o
core-y += base/line.o
core-y += base/fold.o
core-y += base/ranges.o
core-y += base/holes.o
core-y += base/utc.o
core-y += base/text.o
core-y += base/arena.o
core-y += base/crc16.o

core-y += ecc/rs.o
core-y += ecc/rs16.o

core-y += tree/dt.o
core-y += tree/edits.o
core-y += tree/node.o
core-y += tree/cmdline.o

core-y += ymodem/ymodem_tx.o
core-y += ymodem/ymodem_rx.o

core-y += log/tail.o
core-y += log/unpack.o
core-y += log/line_form.o
core-y += log/resync.o
core-y += log/resync_tokens.o
core-y += log/resync_evidence.o
core-y += log/resync_repair.o
core-y += log/contents.o
core-y += log/ftrace.o
core-y += log/record.o
core-y += log/store.o
core-y += log/dmesg.o
core-y += log/prefix.o
core-y += log/frames.o
core-y += log/machinery.o
core-y += log/event_kinds.o
core-y += log/event.o
core-y += log/headline.o
core-y += log/title.o
core-y += log/ending.o
core-y += log/pmsg.o

core-y += ramoops/zone.o
core-y += ramoops/geometry.o
core-y += ramoops/search.o
core-y += ramoops/search_marks.o
core-y += ramoops/search_facts.o
core-y += ramoops/search_ecc.o
core-y += ramoops/search_guess.o
core-y += ramoops/search_sizes.o
core-y += ramoops/search_clean.o
core-y += ramoops/search_fit.o
core-y += ramoops/ftrace_read.o
core-y += ramoops/record_read.o
core-y += ramoops/salvage.o
core-y += ramoops/dmesg_read.o

core-y += printk/ram.o
core-y += printk/vmcoreinfo.o
core-y += printk/message.o
core-y += printk/ring.o
core-y += printk/records.o
core-y += printk/address.o
core-y += printk/log.o
core-y += printk/find.o
core-y += printk/kallsyms.o
core-y += printk/shape.o

core-y += place/memory_plan.o
core-y += boot/placement.o
core-y += boot/zimage.o boot/image64.o
core-y += printk/kmsg_record.o
core-y += boot/wrap.o
core-y += boot/atags.o
core-y += place/options.o
core-y += place/survey.o
core-y += place/room.o
core-y += place/scribe.o
core-y += place/parameters.o
core-y += place/known_words.o
core-y += place/named.o
core-y += place/plan.o
core-y += place/plan_params.o
core-y += place/plan_sizes.o
core-y += place/plan_notes.o
core-y += place/partition.o

core-y += crash/retained.o
core-y += crash/once.o
core-y += crash/verdict.o
core-y += crash/erase.o
core-y += crash/join.o
core-y += crash/report_order.o

core-y += report/dictionary.o
core-y += report/pack.o
core-y += report/armor.o
core-y += report/report_write.o
core-y += report/chapters.o
core-y += report/report_send.o
core-y += report/report_read.o

core-y += archive/archive_entry.o
core-y += archive/archive_chapter.o
core-y += archive/archive_list.o
core-y += archive/archive_send.o
core-y += archive/archive.o
core-y += archive/archive_write.o
core-y += archive/archive_read.o

core-y += offline/era_names.o
core-y += offline/gather_text.o
core-y += offline/gather_damaged.o
core-y += offline/gather_repair.o
core-y += offline/gather.o
