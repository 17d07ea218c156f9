# The unit tests, by the folder of firmware/core that their subject is in. A test is linked with the
# folders that its group names below, and nothing else: a subject that needs more does not link.
base-tests := ranges_test digits_test deadline_test fold_test utc_test crc32_test \
	escape_test holes_test
ecc-tests := rs_test rs_small_test
tree-tests := dt_test edits_test node_test
ymodem-tests := ymodem_test
log-tests := tail_test store_test dmesg_test unpack_test line_form_test resync_test ftrace_test \
	contents_test headline_test prefix_test title_test pmsg_test
ramoops-tests := zone_test ftrace_read_test geometry_test era_test search_test search_fit_test record_test record_damage_test record_hostile_test \
	dmesg_read_test salvage_test
printk-tests := vmcoreinfo_test kmsg_test kallsyms_test
place-tests := cmdline_test memory_plan_test named_test plan_test plan_node_test \
	plan_params_test plan_stage_test parameters_test known_words_test partition_test plan_fault_test
boot-tests := placement_test zimage_test image64_test wrap_test atags_test
crash-tests := retained_test once_test verdict_test join_test erase_test report_order_test
report-tests := pack_test armor_test rs16_test report_write_test report_read_test wire_numbers_test
archive-tests := archive_entry_test archive_chapter_test archive_list_test archive_send_test archive_test \
	archive_wear_test archive_bits_test
offline-tests := gather_test era_names_test
# of firmware/app, with a UART of their own
app-tests := console_test console_kept_test
# of firmware/drivers, with a register model in place of MMIO; of tools/oopsmon
drivers-tests := bind_test console_choice_test uart_test ns16550_test geni_uart_test msm_uartdm_test pl011_test \
	pl310_test cfi_flash_test soc_test counter_test clock_test
tool-tests := unpackers_test fetch_test

# The folders of each group, itself and those that it needs of lower floors.
links-base := base
links-ecc := ecc base
links-tree := tree base
links-ymodem := ymodem base
links-log := log base
links-ramoops := ramoops log ecc base
links-printk := printk log base
links-place := place ramoops log ecc tree base
links-boot := boot tree base
links-crash := crash ramoops log ecc tree base
links-report := report log ecc base
links-archive := archive report log ecc base
links-offline := offline report ramoops log ecc base
links-drivers := drivers tree base
links-app := app base
links-tool := tool ymodem ramoops log ecc base

# Of one test: its input is a region, its subject the report of what was read of it.
links-archive_send_test := crash ramoops tree
