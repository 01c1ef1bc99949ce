// Reference results of Weka, written as JSON.  Build and run: see ../README.md.
// Tables are read from tables/*.csv (written by ../rpart.R): integer features, the target in the last column.
import java.io.PrintWriter;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import weka.classifiers.trees.J48;
import weka.classifiers.trees.REPTree;
import weka.classifiers.trees.j48.BinC45ModelSelection;
import weka.classifiers.trees.j48.C45PruneableClassifierTree;
import weka.classifiers.trees.j48.ClassifierSplitModel;
import weka.classifiers.trees.j48.ClassifierTree;
import weka.classifiers.trees.j48.Distribution;
import weka.classifiers.trees.j48.PruneableClassifierTree;
import weka.classifiers.trees.j48.Stats;
import weka.core.Attribute;
import weka.core.FastVector;
import weka.core.Instance;
import weka.core.Instances;
import weka.core.Statistics;

public class WekaOracle {
  // ------------------------------------------------------------------ small tools
  static Object field(Object o, String name) throws Exception {
    for (Class<?> c = o.getClass(); c != null; c = c.getSuperclass()) {
      try {
        Field f = c.getDeclaredField(name);
        f.setAccessible(true);
        return f.get(o);
      } catch (NoSuchFieldException e) { /* look in the parent */ }
    }
    throw new NoSuchFieldException(name);
  }

  static Object call(Object o, String name, Class<?>[] types, Object... args) throws Exception {
    Method m = o.getClass().getDeclaredMethod(name, types);
    m.setAccessible(true);
    return m.invoke(o, args);
  }

  static void check(boolean ok, String what) {
    if (!ok) throw new IllegalStateException(what);
  }

  static String num(double v) {
    return v == Math.rint(v) && Math.abs(v) < 1e15 ? Long.toString((long) v) : Double.toString(v);
  }

  static String json(double[] a) {
    StringBuilder s = new StringBuilder("[");
    for (int i = 0; i < a.length; i++) s.append(i > 0 ? "," : "").append(num(a[i]));
    return s.append("]").toString();
  }

  static String json(List<?> a) {
    StringBuilder s = new StringBuilder("[");
    for (int i = 0; i < a.size(); i++) {
      Object o = a.get(i);
      s.append(i > 0 ? "," : "");
      if (o == null) s.append("null");
      else if (o instanceof double[]) s.append(json((double[]) o));
      else if (o instanceof Double) s.append(num((Double) o));
      else s.append(o);
    }
    return s.append("]").toString();
  }

  // ------------------------------------------------------------------ tables
  static class Table {
    String name;
    String[] features;
    List<double[]> x = new ArrayList<double[]>();
    List<Double> y = new ArrayList<Double>();
    boolean numeric;
    int classes;

    Table(String name, boolean numeric) throws Exception {
      this.name = name;
      this.numeric = numeric;
      List<String> lines = Files.readAllLines(Paths.get("tables", name + ".csv"));
      String[] head = lines.get(0).split(",");
      features = java.util.Arrays.copyOf(head, head.length - 1);
      for (String line : lines.subList(1, lines.size())) {
        String[] p = line.split(",");
        double[] row = new double[features.length];
        for (int i = 0; i < row.length; i++) row[i] = Double.parseDouble(p[i]);
        x.add(row);
        y.add(Double.parseDouble(p[row.length]));
        if (!numeric) classes = Math.max(classes, 1 + y.get(y.size() - 1).intValue());
      }
    }

    double weight(int row, boolean weighted) {
      return weighted ? (row * 7) % 3 + 1 : 1;
    }

    /** The data set; with ids, the only feature is the row number (to follow shuffles and folds). */
    Instances instances(boolean weighted, boolean ids) {
      FastVector atts = new FastVector();
      if (ids) atts.addElement(new Attribute("row"));
      else for (String f : features) atts.addElement(new Attribute(f));
      if (numeric) {
        atts.addElement(new Attribute("y"));
      } else {
        FastVector values = new FastVector();
        for (int c = 0; c < classes; c++) values.addElement(Integer.toString(c));
        atts.addElement(new Attribute("y", values));
      }
      Instances d = new Instances(name, atts, x.size());
      d.setClassIndex(atts.size() - 1);
      for (int r = 0; r < x.size(); r++) {
        double[] v = new double[atts.size()];
        if (ids) v[0] = r;
        else System.arraycopy(x.get(r), 0, v, 0, features.length);
        v[v.length - 1] = y.get(r);
        d.add(new Instance(weight(r, weighted), v));
      }
      return d;
    }

    String json() {
      StringBuilder f = new StringBuilder();
      for (String s : features) f.append(f.length() > 0 ? "," : "").append('"').append(s).append('"');
      return "{\"features\":[" + f + "],\"X\":" + WekaOracle.json(x) + ",\"y\":" + WekaOracle.json(y) + "}";
    }

    String weightsJson() {
      List<Double> w = new ArrayList<Double>();
      for (int r = 0; r < x.size(); r++) w.add(weight(r, true));
      return WekaOracle.json(w);
    }
  }

  static List<Double> rowsOf(Instances ids) {
    List<Double> rows = new ArrayList<Double>();
    for (int i = 0; i < ids.numInstances(); i++) rows.add(ids.instance(i).value(0));
    return rows;
  }

  static void sameRows(Table t, List<Double> rows, Instances d) {
    check(rows.size() == d.numInstances(), "rows");
    for (int i = 0; i < rows.size(); i++)
      for (int f = 0; f < t.features.length; f++)
        check(d.instance(i).value(f) == t.x.get(rows.get(i).intValue())[f], "row order");
  }

  // ------------------------------------------------------------------ trees as parallel arrays in pre-order
  static class Nodes {
    List<Double> feature = new ArrayList<Double>();
    List<Double> splitPoint = new ArrayList<Double>();
    List<Double> thresholdLe = new ArrayList<Double>();
    List<Double> left = new ArrayList<Double>();
    List<Double> right = new ArrayList<Double>();
    List<Double> prediction = new ArrayList<Double>();
    List<double[]> counts = new ArrayList<double[]>();

    int add() {
      feature.add(-1.);
      splitPoint.add(null);
      thresholdLe.add(null);
      left.add(-1.);
      right.add(-1.);
      prediction.add(null);
      counts.add(null);
      return feature.size() - 1;
    }

    void split(int id, int att, double point, double le) {
      feature.set(id, (double) att);
      splitPoint.set(id, point);
      thresholdLe.set(id, le);
    }

    String json() {
      return "{\"feature\":" + WekaOracle.json(feature) + ",\"split_point\":" + WekaOracle.json(splitPoint)
          + ",\"threshold_le\":" + WekaOracle.json(thresholdLe) + ",\"left\":" + WekaOracle.json(left)
          + ",\"right\":" + WekaOracle.json(right) + ",\"prediction\":" + WekaOracle.json(prediction);
    }

    /** Weight per class (or: weight, mean) of the given rows in every node, by walking threshold_le. */
    List<double[]> route(Table t, List<Double> rows, boolean weighted) {
      List<double[]> out = new ArrayList<double[]>();
      for (int i = 0; i < feature.size(); i++) out.add(new double[t.numeric ? 2 : t.classes]);
      for (double rr : rows) {
        int r = (int) rr;
        double w = t.weight(r, weighted);
        int i = 0;
        while (true) {
          if (t.numeric) {
            out.get(i)[0] += w;
            out.get(i)[1] += w * t.y.get(r);
          } else {
            out.get(i)[t.y.get(r).intValue()] += w;
          }
          if (feature.get(i) < 0) break;
          i = (int) (t.x.get(r)[feature.get(i).intValue()] <=
              thresholdLe.get(i) ? left.get(i) : right.get(i)).doubleValue();
        }
      }
      return out;
    }
  }

  // ------------------------------------------------------------------ J48
  static ClassifierSplitModel model(ClassifierTree t) throws Exception {
    return (ClassifierSplitModel) field(t, "m_localModel");
  }

  static boolean isLeaf(ClassifierTree t) throws Exception {
    return (Boolean) field(t, "m_isLeaf");
  }

  static ClassifierTree son(ClassifierTree t, int i) throws Exception {
    return ((ClassifierTree[]) field(t, "m_sons"))[i];
  }

  static int dump(ClassifierTree t, Nodes out) throws Exception {
    int id = out.add();
    Distribution d = model(t).distribution();
    double[] counts = new double[d.numClasses()];
    for (int c = 0; c < counts.length; c++) counts[c] = d.perClass(c);
    out.counts.set(id, counts);
    out.prediction.set(id, (double) d.maxClass());
    if (!isLeaf(t)) {
      check(((ClassifierTree[]) field(t, "m_sons")).length == 2, "binary split");
      double s = (Double) field(model(t), "m_splitPoint");
      out.split(id, (Integer) field(model(t), "m_attIndex"), s, Math.floor(s) + .5); // left: value <= s
      out.left.set(id, (double) dump(son(t, 0), out));
      out.right.set(id, (double) dump(son(t, 1), out));
    }
    return id;
  }

  /** Ids (of the full tree) of the nodes that the smaller tree has; it must be a top part of the full one. */
  static void keptIds(ClassifierTree small, Nodes full, int id, List<Double> kept, List<Double> leaves)
      throws Exception {
    kept.add((double) id);
    Distribution d = model(small).distribution();
    for (int c = 0; c < d.numClasses(); c++) check(d.perClass(c) == full.counts.get(id)[c], "counts differ");
    if (isLeaf(small)) {
      leaves.add((double) id);
      return;
    }
    check((Integer) field(model(small), "m_attIndex") == full.feature.get(id).intValue(), "feature differs");
    check(((Double) field(model(small), "m_splitPoint")).equals(full.splitPoint.get(id)), "split point differs");
    keptIds(son(small, 0), full, full.left.get(id).intValue(), kept, leaves);
    keptIds(son(small, 1), full, full.right.get(id).intValue(), kept, leaves);
  }

  static double errors(double[] counts) {
    double sum = 0, max = 0;
    for (double c : counts) {
      sum += c;
      max = Math.max(max, c);
    }
    return sum - max;
  }

  static double estimate(double[] counts, float cf) {
    double n = 0;
    for (double c : counts) n += c;
    return errors(counts) + Stats.addErrs(n, errors(counts), cf);
  }

  static String kept(ClassifierTree t, Nodes full) throws Exception {
    List<Double> kept = new ArrayList<Double>(), leaves = new ArrayList<Double>();
    keptIds(t, full, 0, kept, leaves);
    return "\"kept\":" + json(kept) + ",\"leaves\":" + json(leaves);
  }

  static J48 j48(Instances d, String options) throws Exception {
    J48 j = new J48();
    j.setOptions(options.split(" "));
    j.buildClassifier(d);
    return j;
  }

  static String ebp(Table t, boolean weighted, int minObj, double[] cfs) throws Exception {
    Instances d = t.instances(weighted, false);
    // before collapsing: the public steps of C45PruneableClassifierTree, called one by one
    C45PruneableClassifierTree raw =
        new C45PruneableClassifierTree(new BinC45ModelSelection(minObj, d), false, .25f, false, false);
    raw.buildTree(d, true);
    Nodes full = new Nodes();
    dump(raw, full);
    J48 unpruned = j48(d, "-U -B -M " + minObj);
    StringBuilder s = new StringBuilder();
    s.append("{\"name\":\"").append(t.name).append("_M").append(minObj).append(weighted ? "_weights" : "")
        .append("\",\"table\":\"").append(t.name).append("\",\"min_obj\":").append(minObj);
    if (weighted) s.append(",\"weights\":").append(t.weightsJson());
    s.append(",\"nodes\":").append(full.json()).append(",\"counts\":").append(json(full.counts)).append("}");
    s.append(",\"collapsed\":{").append(kept((ClassifierTree) field(unpruned, "m_root"), full)).append("}");
    s.append(",\"prunings\":[");
    System.out.print(t.name + " M" + minObj + (weighted ? " weights" : "") + ": full " + raw.numLeaves()
        + " leaves, collapsed "
        + unpruned.measureNumLeaves() + "; C (with, without collapsing):");
    for (int i = 0; i < cfs.length; i++) {
      float cf = (float) cfs[i];
      C45PruneableClassifierTree bare =
          new C45PruneableClassifierTree(new BinC45ModelSelection(minObj, d), true, cf, false, false);
      bare.buildTree(d, true);
      bare.prune();
      J48 pruned = j48(d, "-S -B -M " + minObj + " -C " + cfs[i]);
      List<Double> est = new ArrayList<Double>();
      for (double[] c : full.counts) est.add(estimate(c, cf));
      s.append(i > 0 ? ",\n" : "\n").append("{\"cf\":").append(cfs[i]).append(",\"cf_used\":").append((double) cf)
          .append(",\"p_used\":").append((double) (1 - cf))
          .append(",\"after_collapse\":{").append(kept((ClassifierTree) field(pruned, "m_root"), full))
          .append("},\"without_collapse\":{").append(kept(bare, full)).append("},\"leaf_estimate\":")
          .append(json(est)).append("}");
      System.out.print("  " + cfs[i] + " " + pruned.measureNumLeaves() + "," + bare.numLeaves());
    }
    System.out.println();
    return s.append("]}").toString();
  }

  static String j48Rep(Table t, boolean weighted, int minObj, int folds, int seed) throws Exception {
    Instances d = t.instances(weighted, false), ids = t.instances(weighted, true);
    // the same steps as PruneableClassifierTree.buildClassifier, on the data and on the row numbers
    Random r1 = new Random(seed), r2 = new Random(seed);
    Instances data = new Instances(d), idData = new Instances(ids);
    data.stratify(folds);
    idData.stratify(folds);
    Instances grow = data.trainCV(folds, folds - 1, r1), hold = data.testCV(folds, folds - 1);
    List<Double> growRows = rowsOf(idData.trainCV(folds, folds - 1, r2)), holdRows = rowsOf(idData.testCV(folds,
        folds - 1));
    sameRows(t, growRows, grow);
    sameRows(t, holdRows, hold);
    PruneableClassifierTree raw = new PruneableClassifierTree(new BinC45ModelSelection(minObj, d), false, folds,
        false, seed);
    raw.buildTree(grow, hold, false);
    Nodes full = new Nodes();
    dump(raw, full);
    J48 pruned = j48(d, "-R -N " + folds + " -Q " + seed + " -B -M " + minObj);
    J48 unpruned = j48(d, "-U -B -M " + minObj);
    List<double[]> hc = full.route(t, holdRows, weighted), gc = full.route(t, growRows, weighted);
    for (int i = 0; i < gc.size(); i++)
      check(java.util.Arrays.equals(gc.get(i), full.counts.get(i)), "grow counts");
    System.out.println("J48 -R " + t.name + " M" + minObj + (weighted ? " weights" : "") + ": " + raw.numLeaves()
        + " -> "
        + pruned.measureNumLeaves());
    StringBuilder s = new StringBuilder();
    s.append("{\"name\":\"j48r_").append(t.name).append("_M").append(minObj).append(weighted ? "_weights" : "")
        .append("\",\"learner\":\"J48 -R\",\"table\":\"").append(t.name)
        .append("\",\"method\":\"class\",\"min_obj\":").append(minObj)
        .append(",\"folds\":").append(folds).append(",\"seed\":").append(seed);
    if (weighted) s.append(",\"weights\":").append(t.weightsJson());
    s.append(",\"grow_rows\":").append(json(growRows)).append(",\"prune_rows\":").append(json(holdRows));
    s.append(",\"nodes\":").append(full.json()).append(",\"counts\":").append(json(full.counts))
        .append(",\"prune_counts\":")
        .append(json(hc)).append("}");
    return s.append(",\"pruned\":{").append(kept((ClassifierTree) field(pruned, "m_root"), full))
        .append("}}").toString();
  }

  // ------------------------------------------------------------------ REPTree
  static Object[] sons(Object node) throws Exception {
    return (Object[]) field(node, "m_Successors");
  }

  static int dumpRep(Object node, Table t, Nodes out) throws Exception {
    int id = out.add();
    double[] p = (double[]) field(node, "m_ClassProbs");
    out.prediction.set(id, t.numeric ? p[0] : weka.core.Utils.maxIndex(p));
    int att = (Integer) field(node, "m_Attribute");
    if (att >= 0) {
      double s = (Double) field(node, "m_SplitPoint");
      out.split(id, att, s, Math.ceil(s) - .5); // left: value < s
      out.left.set(id, (double) dumpRep(sons(node)[0], t, out));
      out.right.set(id, (double) dumpRep(sons(node)[1], t, out));
    }
    return id;
  }

  static void repErrors(Object node, List<Double> out) throws Exception {
    out.add((Double) field(node, "m_HoldOutError"));
    if ((Integer) field(node, "m_Attribute") >= 0) for (Object s : sons(node)) repErrors(s, out);
  }

  static void keptRep(Object node, Nodes full, int id, List<Double> kept, List<Double> leaves, List<Object> fit,
      boolean numeric)
      throws Exception {
    kept.add((double) id);
    if ((Integer) field(node, "m_Attribute") < 0) {
      leaves.add((double) id);
      double[] p = (double[]) field(node, "m_ClassProbs");
      fit.add(numeric ? (Object) Double.valueOf(p[0]) : p.clone());
      return;
    }
    check((Integer) field(node, "m_Attribute") == full.feature.get(id).intValue(), "feature differs");
    check(((Double) field(node, "m_SplitPoint")).equals(full.splitPoint.get(id)), "split point differs");
    keptRep(sons(node)[0], full, full.left.get(id).intValue(), kept, leaves, fit, numeric);
    keptRep(sons(node)[1], full, full.right.get(id).intValue(), kept, leaves, fit, numeric);
  }

  static String repTree(Table t, boolean weighted, int minNum, int folds, int seed) throws Exception {
    Instances d = t.instances(weighted, false), ids = t.instances(weighted, true);
    // the same steps as REPTree.buildClassifier
    Random r1 = new Random(seed), r2 = new Random(seed);
    Instances data = new Instances(d), idData = new Instances(ids);
    data.randomize(r1);
    idData.randomize(r2);
    if (!t.numeric) {
      data.stratify(folds);
      idData.stratify(folds);
    }
    Instances grow = data.trainCV(folds, 0, r1), hold = data.testCV(folds, 0);
    List<Double> growRows = rowsOf(idData.trainCV(folds, 0, r2)), holdRows = rowsOf(idData.testCV(folds, 0));
    sameRows(t, growRows, grow);
    sameRows(t, holdRows, hold);
    REPTree steps = new REPTree();
    steps.setOptions(("-P -M " + minNum + " -V 0.001 -L -1").split(" "));
    steps.buildClassifier(grow);
    Object root = field(steps, "m_Tree");
    Nodes full = new Nodes();
    dumpRep(root, t, full);
    call(root, "insertHoldOutSet", new Class<?>[] {Instances.class}, hold);
    List<Double> err = new ArrayList<Double>();
    repErrors(root, err);
    double left = (Double) call(root, "reducedErrorPrune", new Class<?>[0]);
    List<Double> kept = new ArrayList<Double>(), leaves = new ArrayList<Double>();
    List<Object> before = new ArrayList<Object>(), after = new ArrayList<Object>();
    keptRep(root, full, 0, kept, leaves, before, t.numeric);
    call(root, "backfitHoldOutSet", new Class<?>[0]);
    keptRep(root, full, 0, new ArrayList<Double>(), new ArrayList<Double>(), after, t.numeric);
    REPTree whole = new REPTree();
    whole.setOptions(("-M " + minNum + " -V 0.001 -L -1 -N " + folds + " -S " + seed).split(" "));
    whole.buildClassifier(d);
    List<Double> kept2 = new ArrayList<Double>();
    List<Object> after2 = new ArrayList<Object>();
    keptRep(field(whole, "m_Tree"), full, 0, kept2, new ArrayList<Double>(), after2, t.numeric);
    check(kept.equals(kept2), "steps and REPTree differ");
    for (int i = 0; i < after.size(); i++) {       // (sums of reals may be in another order)
      double[] a = t.numeric ? new double[] {(Double) after.get(i)} : (double[]) after.get(i);
      double[] b = t.numeric ? new double[] {(Double) after2.get(i)} : (double[]) after2.get(i);
      for (int k = 0; k < a.length; k++) check(Math.abs(a[k] - b[k]) <= 1e-12 * Math.max(1,
          Math.abs(b[k])), "leaf values differ");
    }
    System.out.println("REPTree " + t.name + (weighted ? " weights" : "") + ": nodes " + full.feature.size()
        + " -> " + kept.size()
        + ", hold-out error " + err.get(0) + " -> " + left);
    StringBuilder s = new StringBuilder();
    s.append("{\"name\":\"reptree_").append(t.name).append("_M").append(minNum).append(weighted ? "_weights" : "")
        .append("\",\"learner\":\"REPTree\",\"table\":\"").append(t.name).append("\",\"method\":\"")
        .append(t.numeric ? "anova" : "class").append("\",\"min_obj\":").append(minNum)
        .append(",\"folds\":").append(folds).append(",\"seed\":").append(seed);
    if (weighted) s.append(",\"weights\":").append(t.weightsJson());
    s.append(",\"grow_rows\":").append(json(growRows)).append(",\"prune_rows\":").append(json(holdRows));
    s.append(",\"nodes\":").append(full.json());
    s.append(t.numeric ? ",\"wt_sum\":" : ",\"counts\":").append(json(full.route(t, growRows, weighted)));
    s.append(t.numeric ? ",\"prune_wt_sum\":" : ",\"prune_counts\":").append(json(full.route(t, holdRows, weighted)));
    s.append(",\"prune_error\":").append(json(err)).append("}");
    s.append(",\"pruned\":{\"kept\":").append(json(kept)).append(",\"leaves\":").append(json(leaves))
        .append(",\"prune_error\":")
        .append(num(left)).append(",\"before_backfit\":").append(json(before)).append(",\"after_backfit\":")
        .append(json(after));
    return s.append("}}").toString();
  }

  // ------------------------------------------------------------------ files
  static void write(String name, List<Table> tables, List<String> cases) throws Exception {
    PrintWriter w = new PrintWriter(name);
    w.print("{\"made_by\":\"Weka " + weka.core.Version.VERSION + "\",\n\"tables\":{\n");
    for (int i = 0; i < tables.size(); i++)
      w.print("\"" + tables.get(i).name + "\":" + tables.get(i).json() + (i + 1 < tables.size() ? ",\n" : "\n"));
    w.print("},\n\"cases\":[\n");
    for (int i = 0; i < cases.size(); i++) w.print(cases.get(i) + (i + 1 < cases.size() ? ",\n" : "\n"));
    w.print("]}\n");
    w.close();
  }

  static void addErrs() throws Exception {
    double[] cfs = {.05, .1, .25, .4, .5}, ns = {1, 2, 2.5, 3, 5, 6, 9, 14, 30, 100, 1000};
    double[] es = {0, .1, .3, .5, .9, 1, 1.5, 2, 2.5, 3, 4, 5, 7, 10, 14, 20, 29, 29.5, 30, 50, 99, 99.5, 100,
        250, 500, 999, 999.5, 1000};
    PrintWriter w = new PrintWriter("addErrs.json");
    w.print("{\"made_by\":\"Weka " + weka.core.Version.VERSION
        + "\",\n\"columns\":[\"n\",\"e\",\"added\"],\n\"tables\":[\n");
    for (int i = 0; i < cfs.length; i++) {
      float cf = (float) cfs[i];
      w.print("{\"cf\":" + cfs[i] + ",\"cf_used\":" + (double) cf + ",\"p_used\":" + (double) (1 - cf) + ",\"z\":"
          + Statistics.normalInverse(1 - cf) + ",\"rows\":[");
      boolean first = true;
      for (double n : ns)
        for (double e : es)
          if (e <= n) {
            w.print((first ? "\n" : ",\n") + "[" + num(n) + "," + num(e) + "," + num(Stats.addErrs(n, e, cf)) + "]");
            first = false;
          }
      w.print("]}" + (i + 1 < cfs.length ? ",\n" : "\n"));
    }
    w.print("]}\n");
    w.close();
  }

  public static void main(String[] args) throws Exception {
    addErrs();
    Table kyphosis = new Table("kyphosis", false), iris = new Table("iris", false), infert = new Table("infert", false);
    Table noisy2 = new Table("noisy2", false), noisy3 = new Table("noisy3", false), balanced3 =
        new Table("balanced3", false);
    Table airquality = new Table("airquality", true), step = new Table("step", true);
    double[] cfs = {.5, .4, .25, .1, .05, .01};
    List<Table> t = new ArrayList<Table>();
    List<String> c = new ArrayList<String>();
    for (Table k : new Table[] {kyphosis, iris, infert, noisy2, noisy3, balanced3}) {
      t.add(k);
      for (int m = 1; m <= 2; m++) c.add(ebp(k, false, m, cfs));
      c.add(ebp(k, true, 2, cfs));
    }
    write("j48.json", t, c);
    t = new ArrayList<Table>();
    c = new ArrayList<String>();
    for (Table k : new Table[] {kyphosis, iris, infert, noisy2, noisy3, balanced3}) {
      t.add(k);
      c.add(j48Rep(k, false, 1, 3, 1));
      c.add(j48Rep(k, true, 2, 3, 1));
      c.add(repTree(k, false, 1, 3, 1));
      c.add(repTree(k, true, 2, 3, 1));
    }
    for (Table k : new Table[] {airquality, step}) {
      t.add(k);
      c.add(repTree(k, false, 2, 3, 1));
      c.add(repTree(k, true, 2, 3, 1));
    }
    write("reduced_error.json", t, c);
  }
}
