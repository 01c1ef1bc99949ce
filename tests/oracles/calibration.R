# Calibration intercepts and slopes by R's glm and lm, Wilson intervals by prop.test, written as JSON.
# Run:  Rscript calibration.R [output folder].  Base R only.
out_dir <- c(commandArgs(TRUE), ".")[[1]]
number <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ","), "]")
object <- function(...) {
  parts <- list(...)
  paste0("{", paste0('"', names(parts), '":', unlist(parts), collapse = ","), "}")
}
fitted <- function(fit, term) {               # estimate, standard error, both ends of Wald's 95% interval
  row <- coef(summary(fit))[term, 1:2]
  number(c(row, row[1] + c(-1, 1) * qnorm(0.975) * row[2]))
}
tight <- glm.control(epsilon = 1e-14, maxit = 100)

case <- function(n, power, weighted) {
  i <- seq_len(n)
  p <- ((i * 37) %% 101 + 0.5) / 102
  y <- as.integer(((i * 53) %% 97) / 97 < p^power)
  w <- if (weighted) 1 + (i * 7) %% 4 else rep(1, n)
  x <- qlogis(p)
  large <- glm(y ~ 1, offset = x, family = binomial, weights = w, control = tight)
  line <- glm(y ~ x, family = binomial, weights = w, control = tight)
  object(y = number(y), p = number(p), w = number(w),
         intercept = fitted(large, "(Intercept)"), slope = fitted(line, "x"))
}
numbers <- function(n) {
  i <- seq_len(n)
  x <- ((i * 37) %% 101) / 10
  y <- 1 + 0.8 * x + (((i * 53) %% 97) / 97 - 0.5) * (1 + x)
  fit <- lm(y ~ x)
  # White's errors, HC1: the sandwich, times n / (n - 2)
  design <- model.matrix(fit)
  bread <- solve(crossprod(design))
  hc1 <- bread %*% crossprod(design * resid(fit)) %*% bread * n / (n - 2)
  test <- t.test(y - x)
  object(y = number(y), x = number(x), slope = number(c(coef(fit)["x"], sqrt(hc1[2, 2]))),
         mean_error = number(c(test$estimate, test$conf.int)))
}
wilson <- function(events, n) {
  ends <- suppressWarnings(prop.test(events, n, correct = FALSE)$conf.int)
  number(c(events, n, ends))
}
glm_cases <- c(case(60, 0.7, FALSE), case(400, 2, FALSE), case(150, 1.3, TRUE))
wilson_cases <- c(wilson(0, 12), wilson(3, 20), wilson(50, 50), wilson(17, 200))
writeLines(paste0('{"made_by":"', R.version.string, '",\n"glm":[\n', paste(glm_cases, collapse = ",\n"),
                  '],\n"lm":', numbers(80), ',\n"wilson":[', paste(wilson_cases, collapse = ","), "]}"),
           file.path(out_dir, "calibration.json"))
