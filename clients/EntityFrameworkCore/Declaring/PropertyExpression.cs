using System.Linq.Expressions;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Reads the property's name from <c>p => p.Views</c> or <c>c => c.Address.Note</c>.</summary>
internal static class PropertyExpression
{
    /// <exception cref="ArgumentException">The expression is not a chain of properties.</exception>
    public static string NameOf(LambdaExpression expression)
    {
        var names = new Stack<string>();
        var body = WithoutConversion(expression.Body);
        for (; body is MemberExpression { Expression: { } of, Member: var member }; body = WithoutConversion(of))
            names.Push(member.Name);

        return body is ParameterExpression && names.Count > 0
            ? string.Join('.', names)
            : throw new ArgumentException(
                $"{expression} does not name a property. Write it as in p => p.Views or c => c.Address.Note.", nameof(expression));
    }

    private static Expression WithoutConversion(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked, Operand: var operand }
            ? operand
            : expression;
}
