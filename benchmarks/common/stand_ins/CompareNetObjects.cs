// What MBXP's tests use of CompareNetObjects: whether two values are the same, types and order included.
namespace KellermanSoftware.CompareNetObjects
{
    public class ComparisonResult
    {
        public bool AreEqual { get; set; }
    }

    public class CompareLogic
    {
        public ComparisonResult Compare(object a, object b)
        {
            return new ComparisonResult { AreEqual = Same(a, b) };
        }

        private static bool Same(object a, object b)
        {
            if (a == null || b == null) return a == null && b == null;
            if (a.GetType() != b.GetType()) return false;
            if (a is string || a.GetType().IsPrimitive || a is decimal) return a.Equals(b);
            var first = a as System.Collections.IDictionary;
            if (first != null)
            {
                var second = (System.Collections.IDictionary)b;
                if (first.Count != second.Count) return false;
                foreach (System.Collections.DictionaryEntry entry in first)
                {
                    if (!second.Contains(entry.Key) || !Same(entry.Value, second[entry.Key])) return false;
                }
                return true;
            }
            var items = a as System.Collections.IEnumerable;
            if (items == null) return SameProperties(a, b);
            var these = items.GetEnumerator();
            var those = ((System.Collections.IEnumerable)b).GetEnumerator();
            while (these.MoveNext())
            {
                if (!those.MoveNext() || !Same(these.Current, those.Current)) return false;
            }
            return !those.MoveNext();
        }

        private static bool SameProperties(object a, object b)
        {
            if (a.Equals(b)) return true;
            var properties = a.GetType().GetProperties();
            foreach (var property in properties)
            {
                if (property.GetIndexParameters().Length > 0) return false;
                if (!Same(property.GetValue(a, null), property.GetValue(b, null))) return false;
            }
            return properties.Length > 0;
        }
    }
}
