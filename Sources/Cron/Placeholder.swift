enum CronPlaceholder {}
